"""What a caller may ask of the engine. No heavy import: the web's forms use these names too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from amena.engine.catalogue import OUTPUTS
from amena.engine.errors import OptionsError
from amena.engine.estimators import KINDS, parse_estimator
from amena.engine.geometry.crop import SHAPES
from amena.engine.geometry.keyframes import Keyframe, check_order

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
EASINGS: Final = ("even", "ease-in-out")
#: How strong the automatic motion is, against what a photo bears without visible faults.
STRENGTHS: Final = {"subtle": 0.6, "natural": 1.0, "bold": 1.4}
#: Seconds of the longest loop: what stories show in one piece.
LONGEST: Final = 15
SIZES: Final = (960, 1440, 1920, 3840)
#: What a photo that is large enough is made at, where nobody says: what a phone held upright and a
#: window of a computer show. A smaller one keeps its size (`Options.size`).
USUAL_SIZE: Final = 1440
TURNS: Final = (0, 90, 180, 270)
#: Where the second view of a stereo photo is: as the file says, nowhere, or in one picture side by
#: side (also at half the width, or for crossed eyes), or the left eye's on top of the right one's.
STEREO: Final = ("auto", "none", "sbs", "sbs-half", "cross-eyed", "tab")
ESTIMATORS: Final = ("auto", *KINDS)
#: What may encode films: the processor, or hardware that stands its trial (`output.hardware`).
ENCODERS: Final = ("software", "hardware")
#: Estimators whose maps may be compared at a time.
MOST_COMPARED: Final = 6
#: Megabytes (10⁶ bytes) that a loop may be limited to.
LOOP_LIMIT: Final = (0.2, 50.0)
#: Ranges of what a lenticular print is made for, and dots that its long side may have.
LPI, DPI, PRINT_INCHES = (10.0, 150.0), (240, 1600), (2.0, 16.0)
MOST_DOTS: Final = 10_000
#: Views of a lenticular print: fewer show no depth, and more no lens tells apart.
_FEWEST_VIEWS, _MOST_VIEWS = 4, 24


@dataclass(frozen=True)
class Lenticular:
    """A lenticular print.

    Attributes:
        lpi: lenses an inch of the sheet, as a pitch test tells it.
        dpi: dots an inch of the printer.
        inches: long side of the picture.
    """

    lpi: float
    dpi: int
    inches: float

    @property
    def dots(self) -> int:
        """How many dots the long side has on paper."""
        return round(self.inches * self.dpi)

    @property
    def views(self) -> int:
        """How many views it shows: as many as there are dots under a lens, within reason."""
        return min(_MOST_VIEWS, max(_FEWEST_VIEWS, round(self.dpi / self.lpi)))


@dataclass(frozen=True)
class Options:
    """How one 3D photo is to be made.

    Attributes:
        motion: one of `MOTIONS`, or `keyframes`.
        keyframes: the motion `keyframes`: two keyframes or more.
        easing: one of `EASINGS`: an even pace, or lingering where the loop begins.
        duration: seconds of one loop, 1 to `LONGEST`.
        fps: frames per second, 24–60.
        size: long side of the video in pixels, one of `SIZES`; a smaller photo is enlarged to the
            smallest of them, but no further.
        amplitude: how far nearest and farthest point move against each other at most, as a share
            of the long side (0.002–0.1), or "auto": as far as the photo bears.
        strength: one of `STRENGTHS`; with the amplitude "auto" only.
        focus: disparity (0–1) that stays still, or "auto": the subject's, or as close to it as
            keeps what lies beyond the photo's border out of sight.
        estimator: as `estimators.parse_estimator` reads it, or "auto": the depth in the file where
            there is one, else the engine's default.
        compare: estimators whose maps the output `estimates` shows, `MOST_COMPARED` at most; empty:
            the engine's default alone.
        renderer: `auto`, `gl` (vispy) or `warp` (CPU).
        outputs: files to make beside the usual ones, from `catalogue.OUTPUTS`.
        shape: of the films, their still and the moving pictures made of them, one of `SHAPES`: the
            largest part of the frame that has it. What is made for two eyes, of many views or of
            the scene itself shows all of the photo.
        placement: where that part lies along the side that has room to spare, 0 (left or top) to 1
            (right or bottom), or "auto": where it keeps the subject best.
        lpi: lenses an inch of the sheet for a lenticular print, within `LPI`.
        dpi: dots an inch of its printer, within `DPI`; four a lens at least.
        print_inches: long side of the print, within `PRINT_INCHES`, `MOST_DOTS` dots at most.
        loop_limit: megabytes (10⁶ bytes) that a GIF or animated WebP may have, within `LOOP_LIMIT`.
        depth_of_field: 0 (all is sharp) to 1 (a large aperture).
        vignette: 0 (none) to 1 (dark corners).
        rotate: degrees by which the photo is turned clockwise first, one of `TURNS`.
        stereo: where a second view is that depth is measured by, one of `STEREO`.

    Raises:
        OptionsError: a value is out of range.
    """

    motion: str = "circle"
    keyframes: tuple[Keyframe, ...] = ()
    easing: str = "even"
    duration: float = 5.0
    fps: int = 30
    size: int = USUAL_SIZE
    amplitude: float | Literal["auto"] = "auto"
    strength: str = "natural"
    focus: float | Literal["auto"] = "auto"
    estimator: str = "auto"
    compare: tuple[str, ...] = ()
    renderer: str = "auto"
    shape: str = "photo"
    placement: float | Literal["auto"] = "auto"
    outputs: tuple[str, ...] = ()
    loop_limit: float = 8.0
    lpi: float = 60.0
    dpi: int = 600
    print_inches: float = 6.0
    depth_of_field: float = 0.0
    vignette: float = 0.0
    rotate: int = 0
    stereo: str = "auto"

    def __post_init__(self) -> None:
        self._check_motion()
        self._check_outputs()
        self._check_print()
        if not 1 <= self.duration <= LONGEST:
            raise OptionsError(f"The duration must be between 1 and {LONGEST} seconds.")
        if not 24 <= self.fps <= 60:
            raise OptionsError("The frame rate must be between 24 and 60 frames per second.")
        if self.rotate not in TURNS:
            raise OptionsError(f"The rotation must be one of {', '.join(map(str, TURNS))} degrees.")
        if self.stereo not in STEREO:
            raise OptionsError(
                f"Unknown stereo layout “{self.stereo}”. Choose {', '.join(STEREO)}."
            )
        if self.size not in SIZES:
            raise OptionsError(f"The size must be one of {', '.join(map(str, SIZES))} pixels.")
        if self.amplitude != "auto" and not 0.002 <= self.amplitude <= 0.1:
            raise OptionsError("The amplitude must be “auto” or between 0.002 and 0.1.")
        if self.strength not in STRENGTHS:
            raise OptionsError(
                f"Unknown strength “{self.strength}”. Choose {', '.join(STRENGTHS)}."
            )
        if self.focus != "auto" and not 0 <= self.focus <= 1:
            raise OptionsError("The focus must be “auto” or between 0 (far) and 1 (near).")
        if len(self.compare) > MOST_COMPARED:
            raise OptionsError(f"Compare {MOST_COMPARED} estimators at most.")
        asked = () if self.estimator == "auto" else (self.estimator,)
        for name in (*asked, *self.compare):
            parse_estimator(name)
        if self.renderer not in ("auto", "gl", "warp"):
            raise OptionsError("The renderer must be auto, gl or warp.")

    def _check_motion(self) -> None:
        if self.motion == "keyframes":
            check_order(self.keyframes)
        elif self.keyframes:
            raise OptionsError("Keyframes go with the motion “keyframes”.")
        elif self.motion not in MOTIONS:
            raise OptionsError(f"Unknown motion “{self.motion}”. Choose {', '.join(MOTIONS)}.")
        if self.easing not in EASINGS:
            raise OptionsError(f"Unknown easing “{self.easing}”. Choose {', '.join(EASINGS)}.")

    def _check_outputs(self) -> None:
        for name in self.outputs:
            if name not in OUTPUTS:
                raise OptionsError(f"Unknown output “{name}”. Choose {', '.join(OUTPUTS)}.")
        if self.shape not in SHAPES:
            raise OptionsError(f"Unknown shape “{self.shape}”. Choose {', '.join(SHAPES)}.")
        if self.placement != "auto" and not 0 <= self.placement <= 1:
            raise OptionsError("The placement must be “auto” or between 0 and 1.")
        if not LOOP_LIMIT[0] <= self.loop_limit <= LOOP_LIMIT[1]:
            raise OptionsError(
                "The limit of a loop must be between {:g} and {:g} megabytes.".format(*LOOP_LIMIT)
            )
        if not 0 <= self.depth_of_field <= 1:
            raise OptionsError("The depth of field must be between 0 and 1.")
        if not 0 <= self.vignette <= 1:
            raise OptionsError("The vignette must be between 0 and 1.")

    def _check_print(self) -> None:
        if not LPI[0] <= self.lpi <= LPI[1]:
            raise OptionsError(
                "A lenticular sheet must have between {:g} and {:g} LPI.".format(*LPI)
            )
        if not DPI[0] <= self.dpi <= DPI[1]:
            raise OptionsError("The printer must have between {} and {} DPI.".format(*DPI))
        if not PRINT_INCHES[0] <= self.print_inches <= PRINT_INCHES[1]:
            raise OptionsError(
                "The print must be between {:g} and {:g} inches long.".format(*PRINT_INCHES)
            )
        if self.dpi < _FEWEST_VIEWS * self.lpi:
            raise OptionsError(
                "A lens needs four dots or more. Choose more DPI or fewer LPI.", code="too_few_dots"
            )
        if self.lenticular.dots > MOST_DOTS:
            raise OptionsError(
                f"The print would be longer than {MOST_DOTS} dots. Choose fewer inches or DPI.",
                code="too_many_dots",
            )

    @property
    def lenticular(self) -> Lenticular:
        """The lenticular print that these ask for."""
        return Lenticular(self.lpi, self.dpi, self.print_inches)

    @property
    def frames(self) -> int:
        """Number of frames in one loop.

        >>> Options(duration=4, fps=25).frames
        100
        """
        return round(self.duration * self.fps)
