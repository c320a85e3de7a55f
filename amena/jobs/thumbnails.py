"""The small picture of a photo, and a grey one where the web process had no room to make it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image

from amena.jobs import storage
from amena.jobs.models import Photo

SIDE: Final = 480


def placeholder(width: int, height: int) -> bytes:
    """A plain grey JPEG of a photo's shape, for one whose thumbnail would take too much here."""
    scale = SIDE / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return _jpeg(Image.new("L", size, 128))


def replace_placeholder(photo: Photo, poster: Path) -> None:
    """Puts the first frame, made small, in the place of a grey thumbnail; leaves others alone."""
    key = storage.thumbnail_key(photo.public_id)
    if storage.read(key) != placeholder(photo.width, photo.height):
        return
    with Image.open(poster, formats=["JPEG"]) as frame:
        frame.thumbnail((SIDE, SIDE))
        storage.save(key, _jpeg(frame))


def _jpeg(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", quality=85)
    return file.getvalue()
