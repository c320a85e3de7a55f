"""Addresses for signing in and out."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from amena.accounts import language, views

urlpatterns = [
    path("login/", views.login_page, name="login"),
    path("login/dev/", views.dev_login, name="dev-login"),
    path("tokens/", views.tokens_page, name="tokens"),
    path("tokens/<uuid:token_id>/revoke/", views.revoke_token, name="revoke-token"),
    path("language/", language.choose, name="language"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
