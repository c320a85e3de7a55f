"""Django's entry for the jobs app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Photos, the work on them and its results."""

    name = "amena.jobs"

    def ready(self) -> None:
        """Registers the project's system checks and connects the Celery application."""
        from amena import celery, checks  # noqa: F401
