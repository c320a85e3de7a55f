"""The small picture of a photo, and a grey one where the web process had no room to make it."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Final

from django.core.files.storage import default_storage
from PIL import Image

from amena.jobs import storage
from amena.jobs.files import CARD
from amena.jobs.models import Job, State

SIDE: Final = 480

#: Pixels across: a card is at most 30 rem wide, and fills the width of a phone.
_CARD_WIDTH: Final = 720


def placeholder(width: int, height: int) -> bytes:
    """A plain grey JPEG of a photo's shape, for one whose thumbnail would take too much here."""
    scale = SIDE / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return _jpeg(Image.new("L", size, 128))


def follow(job: Job, poster: str) -> None:
    """Puts the first frame of a job's video, made small, in the place of the photo's thumbnail,
    where that is grey, may stand another way up, or shows two views; leaves others alone. Frames of
    another shape than the photo's show a part of it: then the thumbnail itself is turned.

    Args:
        job: a finished one.
        poster: where its first frame lies in the storage.
    """
    key = storage.thumbnail_key(job.photo.public_id)
    if job.options.get("shape", "photo") != "photo":
        _turn(job, key)
        return
    grey = placeholder(job.photo.width, job.photo.height)
    if job.options.keys().isdisjoint(("rotate", "stereo")) and storage.read(key) != grey:
        return
    with default_storage.open(poster) as file, Image.open(file, formats=["JPEG"]) as frame:
        frame.thumbnail((SIDE, SIDE))
        storage.save(key, _jpeg(frame))


def make_card(out_dir: Path) -> None:
    """Puts the film's still as a card on the wall shows it beside the engine's files.

    The poster has the film's size, four times as many bytes as a card needs. A folder without a
    readable poster stays as it is: what was made is worth more than its card.
    """
    with suppress(OSError), Image.open(out_dir / "poster.jpg", formats=["JPEG"]) as frame:
        frame.draft("RGB", (_CARD_WIDTH, _CARD_WIDTH))
        frame.thumbnail((_CARD_WIDTH, frame.height))
        frame.save(out_dir / CARD, "WEBP", quality=75)


def _turn(job: Job, key: str) -> None:
    """Turns the thumbnail from where the job before has left it to where this one has the photo."""
    made = job.photo.jobs.filter(kind=Job.Kind.CREATE, state=State.SUCCEEDED)
    before = made.exclude(pk=job.pk).order_by("-created_at").first()
    turned = job.options.get("rotate", 0) - (before.options.get("rotate", 0) if before else 0)
    if turned % 360 == 0:
        return
    with Image.open(BytesIO(storage.read(key)), formats=["JPEG"]) as picture:
        storage.save(key, _jpeg(picture.rotate(-turned, expand=True)))


def _jpeg(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", quality=85)
    return file.getvalue()
