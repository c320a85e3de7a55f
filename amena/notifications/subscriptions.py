"""Asking for emails, and ending them: on the site, or by the link that every email has.

The link holds a signature over the person's public id. It shows nothing of the person and can do
nothing but end the emails, and so it works signed out and never runs out.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models.functions import Now
from django.urls import reverse

from amena.accounts.models import User
from amena.notifications.models import EmailSubscription

SMTP: Final = "django.core.mail.backends.smtp.EmailBackend"


def _signer() -> Signer:
    """Made when it is needed, since it wants the key: checks of the code load it without one."""
    return Signer(sep=".", salt="amena.notifications.unsubscribe")


def is_configured() -> bool:
    """Whether there is a way to send emails."""
    return bool(settings.EMAIL_HOST or settings.EMAIL_BACKEND != SMTP)


def is_offered() -> bool:
    """Whether people may ask for emails here: there is a way to send them, and a sender."""
    return bool(is_configured() and settings.DEFAULT_FROM_EMAIL)


def of(user: User) -> EmailSubscription | None:
    """The person's subscription, if there is one."""
    return EmailSubscription.objects.filter(user=user).first()


def subscribe(user: User) -> None:
    """Emails from now on. For a person who has them already, nothing changes, unless their address
    has refused them: then it is tried again.
    """
    _, made = EmailSubscription.objects.get_or_create(user=user)
    if not made:
        refused = EmailSubscription.objects.filter(user=user).exclude(refused_at=None)
        refused.update(created_at=Now(), attempts=0, deliver_at=Now(), refused_at=None)


def unsubscribe(user: User) -> None:
    """No emails any more, one that waits to be sent included."""
    EmailSubscription.objects.filter(user=user).delete()


def unsubscribe_address(user: User) -> str:
    """The address that ends the person's emails for whoever has the link."""
    return settings.SITE_ROOT + reverse("unsubscribe", args=[_signer().sign(user.public_id.hex)])


def person(signature: str) -> UUID | None:
    """Whose emails the link ends; None where we have not signed it. The account may be gone."""
    try:
        return UUID(hex=_signer().unsign(signature))
    except (BadSignature, ValueError):
        return None


def unsubscribe_by_link(public_id: UUID) -> None:
    """As `unsubscribe`, for the person that a link names."""
    EmailSubscription.objects.filter(user__public_id=public_id).delete()
