"""Options as JSON (forms, API, the job's row), and as the engine's `Options`."""

from __future__ import annotations

from typing import Any

from amena.engine.geometry.keyframes import parse_keyframes
from amena.engine.options import Options


def parse_options(options: dict[str, Any]) -> Options:
    """The engine's options from JSON: keyword arguments of `Options`, with lists for tuples.

    Raises:
        OptionsError: a value is out of range, or keyframes are not understood.
    """
    values = dict(options)
    if "keyframes" in values:
        values["keyframes"] = parse_keyframes(values["keyframes"])
    if "outputs" in values:
        values["outputs"] = tuple(values["outputs"])
    return Options(**values)
