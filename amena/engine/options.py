"""What a caller may ask of the engine. No heavy import: the web's forms use these names too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from amena.engine.errors import OptionsError

MOTIONS: Final = (
    "circle",
    "swing",
    "zoom-in",
    "dolly-zoom",
    "orbit",
    "horizontal",
    "vertical",
    "ken-burns",
)
SIZES: Final = (960, 1920, 3840)
ESTIMATORS: Final = ("auto", "compact", "ramp", "huggingface")


@dataclass(frozen=True)
class Options:
    """How one 3D photo shall be made.

    Attributes:
        motion: one of `MOTIONS`.
        duration: seconds of one loop, 1–10.
        fps: frames per second, 24–60.
        size: long side of the video in pixels, one of `SIZES`; a smaller photo is not enlarged.
        amplitude: how far nearest and farthest point move against each other at most, as a share
            of the long side (0.002–0.1), or "auto": as far as the photo bears.
        focus: disparity (0–1) that stays still, or "auto": the subject's.
        estimator: one of `ESTIMATORS`, or `huggingface:FOLDER_OR_ID`. "auto" takes the depth in
            the file where there is one, else `compact`.
        renderer: `auto`, `gl` (vispy) or `warp` (CPU).

    Raises:
        OptionsError: a value is out of range.
    """

    motion: str = "circle"
    duration: float = 5.0
    fps: int = 30
    size: int = 960
    amplitude: float | Literal["auto"] = "auto"
    focus: float | Literal["auto"] = "auto"
    estimator: str = "auto"
    renderer: str = "auto"

    def __post_init__(self) -> None:
        if self.motion not in MOTIONS:
            raise OptionsError(f"Unknown motion “{self.motion}”: choose {', '.join(MOTIONS)}.")
        if not 1 <= self.duration <= 10:
            raise OptionsError("The duration must be between 1 and 10 seconds.")
        if not 24 <= self.fps <= 60:
            raise OptionsError("The frame rate must be between 24 and 60 frames per second.")
        if self.size not in SIZES:
            raise OptionsError(f"The size must be one of {', '.join(map(str, SIZES))} pixels.")
        if self.amplitude != "auto" and not 0.002 <= self.amplitude <= 0.1:
            raise OptionsError("The amplitude must be “auto” or between 0.002 and 0.1.")
        if self.focus != "auto" and not 0 <= self.focus <= 1:
            raise OptionsError("The focus must be “auto” or between 0 (far) and 1 (near).")
        name, _, model = self.estimator.partition(":")
        if name not in ESTIMATORS or (model and name != "huggingface"):
            raise OptionsError(
                f"Unknown estimator “{self.estimator}”: choose {', '.join(ESTIMATORS)}."
            )
        if self.renderer not in ("auto", "gl", "warp"):
            raise OptionsError("The renderer must be auto, gl or warp.")

    @property
    def frames(self) -> int:
        """Number of frames in one loop."""
        return round(self.duration * self.fps)
