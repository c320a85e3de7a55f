"""Forms for signing in, and for tokens."""

from datetime import timedelta

from django import forms

from amena.accounts.models import Token


class DevLoginForm(forms.Form):
    """An e-mail address, nothing more: for development alone."""

    email = forms.EmailField(
        label="E-mail address",
        initial="you@example.com",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


class TokenForm(forms.Form):
    """What a new token is called, may do, and how long it is good."""

    DAYS = ((30, "30 days"), (90, "90 days"), (365, "1 year"), (0, "No end"))

    name = forms.CharField(label="What is it for?", max_length=60)
    scope = forms.ChoiceField(label="It may", choices=Token.Scope.choices)
    days = forms.TypedChoiceField(label="Good for", choices=DAYS, coerce=int, initial=90)

    def lifetime(self) -> timedelta | None:
        """None: no end."""
        days = self.cleaned_data["days"]
        return timedelta(days=days) if days else None
