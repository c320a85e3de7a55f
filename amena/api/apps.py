"""Django's entry for the API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The API has a table of its own, for idempotency records."""

    name = "amena.api"

    def ready(self) -> None:
        """Tells the sweeper what to forget."""
        from amena.accounts import housekeeping
        from amena.api.models import IdempotencyRecord

        housekeeping.others.append(IdempotencyRecord.forget_expired)
