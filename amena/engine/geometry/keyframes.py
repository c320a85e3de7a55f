"""Motions of one's own: keyframes in JSON, joined by a smooth closed curve.

    [{"t": 0, "x": -0.5}, {"t": 0.5, "x": 0.5, "z": 0.8}, {"t": 0.75, "zoom": 1.05}]

`t` is the share of the loop (0 ≤ t < 1, rising); after the last keyframe the camera returns to the
first. `x` (right) and `y` (down) reach from −0.5 to 0.5 and `z` (forward) from 0 to 1.6, in units
of the amplitude; `zoom` magnifies by 1 to 1.5. What a keyframe leaves out is at rest: 0, or zoom 1.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from amena.engine.errors import OptionsError

#: Values that each field of a keyframe may have; within them no camera looks beyond the canvas,
#: which is made for the named motions.
RANGES: Final = {
    "t": (0.0, 1.0),
    "x": (-0.5, 0.5),
    "y": (-0.5, 0.5),
    "z": (0.0, 1.6),
    "zoom": (1.0, 1.5),
}
_MOST: Final = 100


@dataclass(frozen=True)
class Keyframe:
    """Where the camera is at one moment of the loop; see the module's text.

    Raises:
        OptionsError: a value is out of range.
    """

    t: float
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    zoom: float = 1.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            low, high = RANGES[name]
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not low <= value <= high or (name == "t" and value == 1):
                raise OptionsError(
                    f"A keyframe's “{name}” must be a number from {low:g} to {high:g}"
                    f"{' (exclusive)' if name == 't' else ''}."
                )


def read_keyframes(path: Path) -> tuple[Keyframe, ...]:
    """Keyframes from a JSON file.

    Raises:
        OptionsError: the file cannot be read, or not understood.
    """
    try:
        return parse_keyframes(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        raise OptionsError(f"The keyframes in “{path}” cannot be read as JSON.") from error


def parse_keyframes(data: Any) -> tuple[Keyframe, ...]:
    """Keyframes from decoded JSON.

    Raises:
        OptionsError: the data are not a list of two to a hundred keyframes in order.
    """
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        raise OptionsError('Keyframes must be a list such as [{"t": 0, "x": -0.5}, {"t": 0.5}].')
    keyframes = []
    for entry in data:
        if unknown := set(entry) - set(RANGES):
            raise OptionsError(
                f"A keyframe has no “{min(unknown)}”. Choose from {', '.join(RANGES)}."
            )
        if "t" not in entry:
            raise OptionsError("Every keyframe needs its “t”, the share of the loop.")
        keyframes.append(Keyframe(**entry))
    check_order(tuple(keyframes))
    return tuple(keyframes)


def check_order(keyframes: tuple[Keyframe, ...]) -> None:
    """Raise `OptionsError` unless there are two to a hundred keyframes and their times rise."""
    if not 2 <= len(keyframes) <= _MOST:
        raise OptionsError(f"There must be 2 to {_MOST} keyframes.")
    times = [keyframe.t for keyframe in keyframes]
    if any(later <= earlier for earlier, later in itertools.pairwise(times)):
        raise OptionsError("The keyframes' “t” must rise from one to the next.")
