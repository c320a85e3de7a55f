"""Forms for signing in."""

from django import forms


class DevLoginForm(forms.Form):
    """An e-mail address, nothing more: for development alone."""

    email = forms.EmailField(
        label="E-mail address",
        initial="you@example.com",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )
