"""Django's entry for the accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People: users, sign-in and quotas."""

    name = "amena.accounts"
