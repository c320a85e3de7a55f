"""Files as people send them, and as jobs leave them."""

from __future__ import annotations

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from amena.jobs.files import FILE_TYPES

#: The files that every 3D photo has, as the engine names them.
STANDARD_FILES = {name: file for name, file in FILE_TYPES.items() if not file.output}


def jpeg(width: int = 96, height: int = 72) -> bytes:
    """A small photo file."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def uploaded(content: bytes | None = None, name: str = "holiday.jpg") -> SimpleUploadedFile:
    """A file as a form receives it."""
    return SimpleUploadedFile(name, jpeg() if content is None else content)
