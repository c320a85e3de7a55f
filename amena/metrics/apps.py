"""The application that keeps the tallies."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    """Tallies and `/metrics`."""

    name = "amena.metrics"
