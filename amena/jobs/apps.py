"""Django's entry for the jobs app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Photos, the work on them and its results."""

    name = "amena.jobs"
