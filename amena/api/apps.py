"""Django's entry for the API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The API has a table of its own, for idempotency records."""

    name = "amena.api"

    def ready(self) -> None:
        """Tells drf-spectacular how tokens are to be described."""
        from amena.api import schema  # noqa: F401
