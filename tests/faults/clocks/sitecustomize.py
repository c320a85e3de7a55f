"""Shifts the clock of a Python process by CLOCK_SHIFT seconds, before anything else is imported.

What Python code asks for the time gets the wrong one; waiting goes by the monotonic clock, as it
does on a machine whose clock is wrong.
"""

from __future__ import annotations

import datetime
import os
import sys
import time

_SHIFT = float(os.environ.get("CLOCK_SHIFT") or 0)

if _SHIFT:
    _time, _time_ns, _real = time.time, time.time_ns, datetime.datetime

    class _Meta(type(_real)):
        """Lets real datetimes pass for shifted ones."""

        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, _real)

    class _Shifted(_real, metaclass=_Meta):
        """The class whose `now` is wrong."""

        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
            return _real.now(tz) + datetime.timedelta(seconds=_SHIFT)

        @classmethod
        def utcnow(cls) -> datetime.datetime:
            naive = _real.now(datetime.UTC).replace(tzinfo=None)
            return naive + datetime.timedelta(seconds=_SHIFT)

    time.time = lambda: _time() + _SHIFT
    time.time_ns = lambda: _time_ns() + int(_SHIFT * 1e9)
    datetime.datetime = _Shifted
    sys.stderr.write(f"The clock is shifted by {os.environ['CLOCK_SHIFT']} s.\n")
