"""The stages of the engine, and how much of the whole is done when each begins."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final

#: Stage → share of the whole, in percent, that is done when it begins: measured with a photo of
#: 960 pixels on two cores; `python -m benchmarks.speed` prints the seconds of every stage.
STAGES: Final = {
    "decode": 0,
    "depth": 1,
    "sharpen": 7,
    "layers": 10,
    "inpaint": 14,
    "mesh": 27,
    "render": 29,
    "encode": 97,
}
_SPANS: Final = dict(zip(STAGES, pairwise([*STAGES.values(), 100]), strict=True))

#: Called with a stage's name and the share of that stage done (0–1). May raise `Cancelled`.
Progress = Callable[[str, float], None]
#: Called once `scene.glb` stands, with the amplitude, the focus and the frame (`Framing.values`) of
#: the film that is still being made, from a thread of the engine's own.
SceneReady = Callable[[float, float, tuple[float, float, float]], None]


class Overall:
    """Progress of the whole, which never runs backwards: a later layer is inpainted after others.

    Attributes:
        percent: 0 to 100.

    >>> overall = Overall()
    >>> overall.tell("layers", 0.0) == overall.tell("depth", 0.5)
    True
    """

    def __init__(self) -> None:
        self.percent = 0.0

    def tell(self, stage: str, share: float) -> float:
        """The percentage when `share` (0–1) of `stage` is done; an unknown stage adds nothing."""
        if stage in _SPANS:
            start, end = _SPANS[stage]
            reached = start + (end - start) * min(max(share, 0.0), 1.0)
            self.percent = max(self.percent, reached)
        return self.percent
