"""What the engine's report says of a 3D photo, as pages read it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import default_storage

from amena.jobs.models import Artifact


def report_of(artifact: Artifact | None) -> dict[str, Any]:
    """What the engine says about a 3D photo; empty where that cannot be read."""
    if artifact is None:
        return {}
    try:
        return _report(artifact.key)
    except (OSError, ValueError, BotoCoreError, ClientError):
        return {}


@lru_cache(maxsize=1000)
def _report(key: str) -> dict[str, Any]:
    """What stands under a key never changes, so the storage is asked once."""
    with default_storage.open(key) as file:
        facts = json.load(file)
    return facts if isinstance(facts, dict) else {}


def pixels_of(report: dict[str, Any]) -> tuple[int, int] | None:
    """Width and height of the video, from what the engine says; None where it does not."""
    return sides(report.get("size"))


def sides(value: object) -> tuple[int, int] | None:
    """Width and height, where a report's value says that."""
    match value:
        case [int(width), int(height)]:
            return width, height
    return None


def shown_frame(report: dict[str, Any]) -> list[float]:
    """The part of the view that the film shows, its crop included, as `frame` of the report has it:
    for a view that has the film's shape.
    """
    frame = report.get("frame")
    zoom, x, y = frame if isinstance(frame, list) and len(frame) == 3 else (1.0, 0.0, 0.0)
    whole, crop = sides(report.get("view_size")), report.get("crop")
    if whole is not None and isinstance(crop, list) and len(crop) == 4:
        left, top, width, height = crop
        scale = zoom * max(whole)
        x += (left + (width - whole[0]) / 2) / scale
        y += (top + (height - whole[1]) / 2) / scale
    return [zoom, x, y]
