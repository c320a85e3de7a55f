"""The command line: one photo (or a saved scene) in, a folder of results out.

Only what reads arguments is imported at the top, so that `--help` and mistakes answer at once.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import amena
from amena.engine.catalogue import OUTPUTS, described
from amena.engine.errors import DepthMapError, EngineError, OptionsError, PhotoError
from amena.engine.geometry.crop import SHAPES
from amena.engine.geometry.keyframes import read_keyframes
from amena.engine.options import (
    DPI,
    EASINGS,
    ESTIMATORS,
    LONGEST,
    LPI,
    MOTIONS,
    PRINT_INCHES,
    SIZES,
    STEREO,
    STRENGTHS,
    Options,
)
from amena.engine.progress import Overall, Progress

if TYPE_CHECKING:
    from amena.engine.report import Report

logger = logging.getLogger(__name__)

DONE, FAILED, BAD_INPUT, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143

_BAD_SCENE = ("bad_scene", "scene_without_origin")

_EPILOG = """
DIR gets video.mp4, poster.jpg, scene.glb, disparity.png (16 bits, near is bright), report.json and
scene.amena, all together when everything is done. Give scene.amena as PHOTO to render it again with
another motion in seconds, and --depth or --brush with it to change its depth.

Exit codes: 0 done, 1 failure, 2 bad input or arguments, 130 interrupted.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        asked = _parser().parse_args(arguments)
    except SystemExit as stop:  # argparse has said all there is to say
        return int(stop.code or DONE)
    if not asked.debug:
        warnings.simplefilter("ignore")
    logging.basicConfig(level=logging.WARNING if asked.debug else logging.CRITICAL)
    logging.getLogger("amena").setLevel(logging.DEBUG if asked.debug else logging.CRITICAL)
    logging.captureWarnings(asked.debug)
    try:
        with _terminable():
            report = _run(asked)
    except (PhotoError, DepthMapError, OptionsError) as error:
        return _fail(BAD_INPUT, error.message)
    except EngineError as error:
        return _fail(BAD_INPUT if error.code in _BAD_SCENE else FAILED, error.message)
    except KeyboardInterrupt:
        return _fail(INTERRUPTED, "Interrupted. Nothing was written.")
    except _Terminated:
        return _fail(TERMINATED, "Terminated. Nothing was written.")
    except Exception as error:
        # The last resort: one line, as promised, also for what nobody thought of.
        logger.exception("unexpected")
        reason = " ".join(str(error).split()) or "no details"
        return _fail(FAILED, f"Internal error ({type(error).__name__}): {reason} Try --debug.")
    if not asked.quiet:
        width, height = report.size
        sys.stdout.write(
            f"{asked.out}: {width}×{height}, {report.frames} frames in {report.seconds:.1f} s\n"
        )
    return DONE


def _run(asked: argparse.Namespace) -> Report:
    options = Options(
        motion="keyframes" if asked.keyframes else asked.motion,
        keyframes=read_keyframes(asked.keyframes) if asked.keyframes else (),
        easing=asked.easing,
        duration=asked.duration,
        fps=asked.fps,
        size=asked.size,
        amplitude=asked.amplitude,
        strength=asked.strength,
        focus=asked.focus,
        estimator=asked.estimator,
        compare=asked.compare,
        renderer=asked.renderer,
        outputs=asked.outputs,
        loop_limit=asked.loop_limit,
        lpi=asked.lpi,
        dpi=asked.dpi,
        print_inches=asked.print_inches,
        depth_of_field=asked.depth_of_field,
        vignette=asked.vignette,
        rotate=asked.rotate,
        shape=asked.shape,
        placement=asked.placement,
        stereo=asked.stereo,
    )
    is_scene = asked.photo.suffix == ".amena"
    if asked.brush and (asked.depth or not is_scene):
        raise OptionsError("--brush changes the depth of a saved scene, without --depth.")
    if not is_scene:
        from amena.engine.photo.decode import inspect

        inspect(asked.photo)  # before anything heavy is loaded
    from amena.engine.output.folder import all_or_nothing

    with all_or_nothing(asked.out, keep=asked.photo) as work:
        from amena.engine.pipeline import Engine

        engine = Engine()
        with _progress(shown=not asked.quiet and sys.stderr.isatty()) as progress:
            if is_scene and (asked.depth or asked.brush):
                return engine.edit(
                    asked.photo,
                    asked.brush or asked.depth,
                    work,
                    options,
                    progress,
                    mode="brush" if asked.brush else "replace",
                    near=asked.depth_near,
                )
            if is_scene:
                return engine.restyle(asked.photo, work, options, progress)
            return engine.create(
                asked.photo,
                work,
                options,
                progress,
                depth_path=asked.depth,
                depth_near=asked.depth_near,
            )


def _parser() -> argparse.ArgumentParser:
    parser = _OneLineParser(
        prog="python -m amena.engine",
        description="Make a 3D photo: a looping video and a 3D scene from one still photo.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("photo", metavar="PHOTO", type=Path, help="a photo: JPEG, PNG, HEIC, AVIF, RAW and more")
    add("--out", metavar="DIR", type=Path, required=True, help="folder for the results")
    add("--version", action="version", version=f"amena {amena.__version__}")
    add("--quiet", action="store_true", help="say nothing but errors")
    add("--debug", action="store_true", help="show where an error comes from")
    add("--rotate", metavar="DEGREES", type=int, default=0, help="turn the photo clockwise first")

    add(
        "--stereo",
        metavar="LAYOUT",
        default="auto",
        help=f"where the second view of a stereo photo is: {', '.join(STEREO)} (default: "
        "%(default)s: as the file says)",
    )

    depth = parser.add_argument_group("depth")
    add = depth.add_argument
    add("--depth", metavar="FILE", type=Path, help="greyscale depth map to use instead")
    add("--brush", metavar="FILE", type=Path, help="grey strokes on a scene: 128 = as it is")
    add("--depth-near", choices=("bright", "dark"), default="bright", help="default: %(default)s")
    add(
        "--estimator",
        metavar="NAME",
        default="auto",
        help=f"{', '.join(ESTIMATORS)}; the last two with a model, huggingface:FOLDER_OR_ID or "
        "onnx:FOLDER (default: %(default)s: the depth that the file brings or its second "
        "view tells, else compact)",
    )

    add(
        "--compare",
        metavar="NAMES",
        type=_names,
        default=(),
        help="estimators, separated by commas, whose maps the output “estimates” shows",
    )

    video = parser.add_argument_group("motion and video")
    add = video.add_argument
    add("--motion", metavar="NAME", default="circle", help=f"{', '.join(MOTIONS)}")
    add("--keyframes", metavar="FILE", type=Path, help="a motion of your own, in JSON")
    add("--easing", metavar="NAME", default="even", help=f"{', '.join(EASINGS)}")
    add("--duration", metavar="SECONDS", type=float, default=5.0, help=f"1–{LONGEST} (%(default)g)")
    add("--fps", metavar="N", type=int, default=30, help="24–60 (%(default)s)")
    add("--size", metavar="PIXELS", type=int, default=960, help=f"long side: {_listed(SIZES)}")
    add(
        "--amplitude",
        metavar="SHARE",
        type=_number_or_auto,
        default="auto",
        help="how far near and far move against each other, 0.002–0.1 of the long side, or auto",
    )
    add(
        "--strength",
        metavar="NAME",
        default="natural",
        help=f"of the automatic amplitude: {', '.join(STRENGTHS)}",
    )
    add(
        "--focus",
        metavar="DISPARITY",
        type=_number_or_auto,
        default="auto",
        help="what stays still, 0 (far) to 1 (near), or auto",
    )
    add(
        "--shape",
        metavar="SHAPE",
        default="photo",
        help=f"of film, still and loops: {', '.join(SHAPES)} (%(default)s: the photo's own)",
    )
    add(
        "--placement",
        metavar="PLACE",
        type=_number_or_auto,
        default="auto",
        help="where a shape lies in the photo, 0 (left or top) to 1 (right or bottom), or auto",
    )
    add("--depth-of-field", metavar="X", type=float, default=0.0, help="0 (none) to 1")
    add("--vignette", metavar="X", type=float, default=0.0, help="0 (none) to 1")

    output = parser.add_argument_group("output")
    add = output.add_argument
    add(
        "--outputs",
        metavar="NAMES",
        type=_names,
        default=(),
        help=f"more files, separated by commas: {', '.join(OUTPUTS)}; --list-outputs tells more",
    )
    add("--list-outputs", action=_ListOutputs, nargs=0, help="what these are and who opens them")
    add("--loop-limit", metavar="MB", type=float, default=8.0, help="size of a GIF or WebP loop")
    add("--lpi", metavar="N", type=float, default=60.0, help=_print("lenses an inch", LPI))
    add("--dpi", metavar="N", type=int, default=600, help=_print("dots an inch", DPI))
    add(
        "--print-inches",
        metavar="N",
        type=float,
        default=6.0,
        help=_print("inches of the long side", PRINT_INCHES),
    )
    add("--renderer", metavar="NAME", default="auto", help="auto, gl or warp")
    return parser


class _OneLineParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"amena: {message[:1].upper()}{message[1:]}. See --help.\n")


class _ListOutputs(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        sys.stdout.write(described())
        parser.exit()


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))


def _print(what: str, span: tuple[float, float]) -> str:
    return f"lenticular print: {what}, {span[0]:g}–{span[1]:g} (%(default)g)"


def _number_or_auto(text: str) -> float | Literal["auto"]:
    return "auto" if text == "auto" else float(text)


_number_or_auto.__name__ = "number or “auto”"  # argparse puts it into its message


def _fail(code: int, line: str) -> int:
    logger.debug("stopped", exc_info=True)
    sys.stderr.write(f"amena: {line}\n")
    return code


class _Terminated(BaseException):
    pass


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM clean up as Ctrl-C does."""

    def stop(*_: object) -> None:
        raise _Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress(*, shown: bool) -> Iterator[Progress | None]:
    """A bar on the terminal, gone when all is done."""
    if not shown:
        yield None
        return
    from tqdm import tqdm

    overall = Overall()
    with tqdm(
        total=100, leave=False, bar_format="{desc:8}{percentage:4.0f} % {bar} {elapsed}"
    ) as bar:

        def tell(stage: str, share: float) -> None:
            bar.n = overall.tell(stage, share)
            bar.set_description_str(stage, refresh=False)
            bar.update(0)

        yield tell
