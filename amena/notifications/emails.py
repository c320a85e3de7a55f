"""The email itself, in the person's language: which photos are ready, and which are not and why.

It names photos as their owner does and holds no picture, nor anything that a photo knows of itself.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amena import words
from amena.accounts import language
from amena.accounts.models import User
from amena.jobs.error_texts import error_text
from amena.jobs.models import Job
from amena.notifications import subscriptions
from amena.notifications.batches import Batch, Line

#: Photos that are named; of more, their number is told.
_NAMED: Final = 20
#: Characters of a name in the subject.
_SHORT: Final = 50


@dataclass(frozen=True)
class Entry:
    """A photo in the email: its name, the address of its page and, where something failed, what."""

    name: str
    address: str
    problem: str


def compose(user: User, batch: Batch) -> EmailMultiAlternatives:
    """Text and HTML of one email. The same batch gives the same Message-ID, so that mail programs
    show one that had to be sent twice once.
    """
    code = language.of_person(user)
    with translation.override(code):
        lines = batch.lines
        entries = [_entry(line) for line in lines]
        ready = [each for each in entries if not each.problem]
        failed = [each for each in entries if each.problem]
        # Words are joined for lines of a page; a subject has one line, and few fonts.
        subject = _subject(ready, failed).replace("\N{WORD JOINER}", "")
        unsubscribe = subscriptions.unsubscribe_address(user)
        context = {
            "language": code,
            "subject": subject,
            "ready": ready[:_NAMED],
            "more_ready": len(ready[_NAMED:]),
            "failed": failed[:_NAMED],
            "more_failed": len(failed[_NAMED:]),
            "wall": settings.SITE_ROOT + reverse("wall"),
            "unsubscribe": unsubscribe,
        }
        email = EmailMultiAlternatives(
            subject,
            render_to_string("emails/ready.txt", context),
            to=[user.email],
            reply_to=[settings.OPERATOR_EMAIL] if settings.OPERATOR_EMAIL else None,
            headers={
                "Message-ID": _message_id(user, batch),
                "Auto-Submitted": "auto-generated",
                "List-Unsubscribe": f"<{unsubscribe}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )
        email.attach_alternative(render_to_string("emails/ready.html", context), "text/html")
    return email


def _subject(ready: list[Entry], failed: list[Entry]) -> str:
    count = len(ready) + len(failed)
    if count == 1:
        text = _("%(name)s could not be made") if failed else _("%(name)s is ready")
        return text % {"name": Truncator((ready or failed)[0].name).chars(_SHORT)}
    if not failed:
        text = ngettext("%(count)s photo is ready", "%(count)s photos are ready", count)
    elif not ready:
        text = ngettext(
            "%(count)s photo could not be made", "%(count)s photos could not be made", count
        )
    else:
        text = _("%(ready)s of %(count)s photos are ready")
    return text % {"count": count, "ready": len(ready)}


def _entry(line: Line) -> Entry:
    address = settings.SITE_ROOT + reverse("photo", args=[line.photo.public_id])
    # Names are without control characters already; this one becomes part of a header.
    name = words.printable(line.photo.name)
    return Entry(name, address, _problem(line.failed) if line.failed else "")


def _problem(job: Job) -> str:
    """What failed, and what to do."""
    why = error_text(job.error_code, job.error_message)
    if job.kind == Job.Kind.CREATE:
        return why
    if job.kind == Job.Kind.EXPORT:
        return words.sentences(_("The file could not be made."), why)
    return _("The new version could not be made. %(problem)s") % {"problem": why}


def _message_id(user: User, batch: Batch) -> str:
    told = " ".join(f"{job.public_id} {job.finished_at}" for job in batch.jobs)
    return f"<{uuid.uuid5(user.public_id, told)}@{urlsplit(settings.SITE_ROOT).hostname}>"
