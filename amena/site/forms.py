"""Forms of the account's page: for tokens, for webhooks, and for leaving."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amena import words
from amena.accounts.models import Token
from amena.site.webhook_words import EVENT_TITLES
from amena.webhooks.models import Event


class TokenForm(forms.Form):
    """What a new token is called, may do, and how long it is good."""

    DAYS = ((30, _("30 days")), (90, _("90 days")), (365, _("1 year")), (0, _("Never")))

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        error_messages={"required": _("Give the token a name first.")},
    )
    scope = forms.ChoiceField(label=_("Permissions"), choices=Token.Scope.choices)
    days = forms.TypedChoiceField(label=_("Expires after"), choices=DAYS, coerce=int, initial=90)

    def clean_name(self) -> str:
        """Fit for display, as photos' names are."""
        name = words.printable(self.cleaned_data["name"]).strip()
        if not name:
            raise forms.ValidationError(self.fields["name"].error_messages["required"])
        return name

    def lifetime(self) -> timedelta | None:
        """How long the token is good; None: it never expires."""
        days = self.cleaned_data["days"]
        return timedelta(days=days) if days else None


class WebhookForm(forms.Form):
    """Where to send word, and of what."""

    url = forms.CharField(
        label=_("URL"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
        error_messages={"required": _("Enter the URL first.")},
    )
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=list(EVENT_TITLES.items()),
        initial=Event.values,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one event.")},
    )


class DeleteAccountForm(forms.Form):
    """The account's own address, typed, so that nobody deletes it by a slip."""

    confirmation = forms.CharField(
        label=_("Your email address"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off"}),
        error_messages={"required": _("Type your email address first.")},
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email

    def clean_confirmation(self) -> str:
        """The right one, whatever its case."""
        typed: str = self.cleaned_data["confirmation"].strip()
        if typed.casefold() != self._email.casefold():
            raise forms.ValidationError(_("This is not the email address of your account."))
        return typed
