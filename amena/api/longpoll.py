"""Waiting for news inside a request, so that programs need not ask again and again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from django.conf import settings

LONGEST_WAIT: Final = 30
_PAUSE: Final = 0.5

# Each waiting request holds a thread of the web server; the rest must stay free for others.
_places = threading.BoundedSemaphore(settings.API_LONG_POLLS)


def wait_until(there_is_news: Callable[[], bool], seconds: float) -> None:
    """Returns at the first news, after `seconds`, or at once where too many wait already."""
    if not _places.acquire(blocking=False):
        return
    try:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not there_is_news():
            time.sleep(_PAUSE)
    finally:
        _places.release()
