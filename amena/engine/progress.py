"""The stages of the engine, and how much of the whole is done when each begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
#: The 3D views that stand before the film, in the order in which they are there.
DRAFT, SCENE = "draft.glb", "scene.glb"


@dataclass(frozen=True)
class EarlyView:
    """A 3D view that can be shown while the film is made.

    Attributes:
        amplitude, focus: the film's.
        frame: the part of the view that the film shows, as `geometry.framing.Framing.values`.
        draft: whether it is of one surface with nothing behind, and the scene itself is to come.
    """

    amplitude: float
    focus: float
    frame: tuple[float, float, float]
    draft: bool = False

    @property
    def file(self) -> str:
        """Its name in the folder that the engine writes to."""
        return DRAFT if self.draft else SCENE


#: Called once such a view stands, from a thread of the engine's own. A draft's file goes as soon as
#: it returns.
SceneReady = Callable[[EarlyView], None]


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
