"""What a photo's card on the wall shows, worked out before a template is asked.

A wall has two dozen cards. Templates find a key of a dict at once, and an attribute of an attribute
after several tries, so that a card costs half of what it would if the template looked all of it up.
"""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from amena.jobs import wording
from amena.jobs.cards import Card
from amena.jobs.models import State
from amena.tags import address
from amena.words import ago


def face(card: Card) -> dict[str, Any]:
    """The variables of `templates/jobs/_card.html`: texts in the reader's language, and addresses,
    which are empty where there is nothing to lead to.
    """
    photo, job, files = card.photo, card.shown, card.files
    active, video = job.is_active, files.get("video")
    moves = bool(video and not active)
    film = address("artifact", video.public_id) if video else ""
    still = card.result.still if card.result and moves else None
    return {
        "id": str(photo.public_id),
        "name": photo.name,
        "state": job.state,
        "active": active,
        "progress": job.progress,
        "setback": card.setback is not None,
        "page": address("photo", photo.public_id),
        "film": film,
        "picture": address("artifact", still.public_id) if still else _thumbnail(card),
        "moves": moves,
        "again": address("card", photo.public_id) if active else "",
        "stop": address("cancel", job.public_id) if active else "",
        "stopping": job.cancel_requested,
        "delete": "" if active else address("delete", photo.public_id),
        "status": card.status if active else "",
        "wait": card.wait if active and job.state != State.RUNNING else "",
        "line": _line(card),
        "labels": wording.labels(photo.name),
    }


def _thumbnail(card: Card) -> SafeString:
    plain = address("thumbnail", card.photo.public_id)
    return SafeString(f"{plain}?turn={card.version}") if card.version else plain


def _line(card: Card) -> str:
    """Where the photo stands, below its name."""
    state = card.shown.state
    if state == State.FAILED:
        return card.problem
    if state == State.SUCCEEDED and card.shown.finished_at:
        return _("Ready · %(time)s") % {"time": ago(card.shown.finished_at)}
    if not card.shown.is_active:
        return card.status
    return _("In progress") if state == State.RUNNING else _("In the queue")
