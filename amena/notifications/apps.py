"""Django's entry for notifications."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Subscriptions have a table of their own."""

    name = "amena.notifications"
