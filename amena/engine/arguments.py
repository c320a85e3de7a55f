"""The arguments of the command line, in the words of its help.

Only what reads arguments is imported, so that `--help` and mistakes answer at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NoReturn

import amena
from amena.engine.catalogue import OUTPUTS, described
from amena.engine.geometry.crop import SHAPES
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
    USUAL_SIZE,
)

#: The exit code where the arguments, or the photo, are no good.
BAD_INPUT: Final = 2

_EPILOG = """
DIR gets video.mp4, poster.jpg, scene.glb, disparity.png (16 bits, near is bright), report.json and
scene.amena, all together when everything is done. Give scene.amena as PHOTO to render it again with
another motion in seconds, and --depth or --brush with it to change its depth.

Exit codes: 0 done, 1 failure, 2 bad input or arguments, 130 interrupted.
"""


def parser() -> argparse.ArgumentParser:
    """Of `python -m amena.engine`; a mistake ends it with one line and `BAD_INPUT`."""
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
    add(
        "--size",
        metavar="PIXELS",
        type=int,
        default=USUAL_SIZE,
        help=f"long side: {_listed(SIZES)} (%(default)s, or what the photo has)",
    )
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
    add(
        "--encoder",
        metavar="NAME",
        default="software",
        help="software, or hardware where it makes as good films",
    )
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
