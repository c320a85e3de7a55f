"""Django's entry for the site."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Joins the other apps; has no tables."""

    name = "amena.site"

    def ready(self) -> None:
        """Registers the system checks."""
        from amena.site import checks, reachable  # noqa: F401
