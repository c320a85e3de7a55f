"""Addresses for signing in and out, and of one's account."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import path

from amena.accounts import language
from amena.accounts.views import account, sign_in, webhooks

urlpatterns = [
    path("login/", sign_in.login_page, name="login"),
    path("login/google/", sign_in.google_start, name="google-start"),
    path("login/google/done/", sign_in.google_done, name="google-done"),
    path("login/dev/", sign_in.dev_login, name="dev-login"),
    path("language/", language.choose, name="language"),
    path("logout/", login_not_required(LogoutView.as_view()), name="logout"),
    path("account/", account.account, name="account"),
    path("tokens/", account.tokens_page, name="tokens"),
    path("tokens/<uuid:token_id>/revoke/", account.revoke_token, name="revoke-token"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/<uuid:webhook_id>/delete/", webhooks.delete, name="delete-webhook"),
    path("webhooks/<uuid:webhook_id>/enable/", webhooks.enable, name="enable-webhook"),
    path("webhooks/<uuid:webhook_id>/ping/", webhooks.ping, name="ping-webhook"),
    path("account/sessions/end/", account.end_sessions, name="end-sessions"),
    path("account/export/", account.export_account, name="export-account"),
    path("account/delete/", account.delete_account, name="delete-account"),
]
