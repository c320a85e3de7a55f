"""The form for signing in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class DevLoginForm(forms.Form):
    """An e-mail address, nothing more: for development alone."""

    email = forms.EmailField(
        label=_("Email address"),
        initial="you@example.com",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )
