"""Django's entry for the API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The API has a table of its own, for idempotency records."""

    name = "amena.api"

    def ready(self) -> None:
        """Tells drf-spectacular how tokens are to be described, and the sweeper what to forget."""
        from amena.accounts import housekeeping
        from amena.api import idempotency, schema  # noqa: F401

        housekeeping.others.append(idempotency.forget_expired)
