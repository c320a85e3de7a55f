"""The application that keeps the tallies."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    """The app that counts: its table holds the tallies of workers."""

    name = "amena.metrics"
