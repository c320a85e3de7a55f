"""Files as people send them."""

from __future__ import annotations

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


def jpeg(width: int = 96, height: int = 72) -> bytes:
    """A small photo file."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def uploaded(content: bytes | None = None, name: str = "holiday.jpg") -> SimpleUploadedFile:
    """A file as a form receives it."""
    return SimpleUploadedFile(name, jpeg() if content is None else content)
