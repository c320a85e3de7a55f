"""Addresses for signing in and out, and for the language."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path

from amena.accounts import language, views

urlpatterns = [
    path("login/", views.login_page, name="login"),
    path("login/google/", views.google_start, name="google-start"),
    path("login/google/done/", views.google_done, name="google-done"),
    path("login/dev/", views.dev_login, name="dev-login"),
    path("language/", language.choose, name="language"),
    path("logout/", login_not_required(views.SignOut.as_view()), name="logout"),
]
