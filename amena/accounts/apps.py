"""Django's entries for the accounts app, and for the admin with the site below."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class AccountsConfig(AppConfig):
    """People: users, sign-in and quotas."""

    name = "amena.accounts"


class AdminConfig(admin.AdminConfig):
    """Puts our admin site in the place of Django's."""

    default = False  # `amena.accounts` in the settings means the one above
    default_site = "amena.accounts.admin_site.AdminSite"
