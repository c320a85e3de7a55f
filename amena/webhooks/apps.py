"""Django's entry for webhooks."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Endpoints and deliveries have tables of their own."""

    name = "amena.webhooks"
