"""`strange_work` in a child's server that finds no libseccomp, as on macOS."""

from __future__ import annotations

from amena.engine.confined import limits
from tests.engine.strange_work import behave

setattr(limits, "_libseccomp", lambda: None)  # noqa: B010

__all__ = ["behave"]
