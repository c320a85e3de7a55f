"""Which outputs are made of single views, and of which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from amena.engine.options import Lenticular
from amena.engine.output import lenticular, pairs, quilt, spatial
from amena.engine.types import SRGB, ByteImage, ColourSpace

#: Takes the views from left to right, and the files to write.
Write = Callable[..., None]


@dataclass(frozen=True)
class Views:
    """An output made of several views of the scene at rest.

    Attributes:
        places: where the cameras stand, as for `plan_views`.
        write: makes the files of them.
    """

    places: tuple[float, ...]
    write: Write


def spread(count: int) -> tuple[float, ...]:
    """Places of so many cameras over the whole reach, from left to right."""
    return tuple(float(place) for place in np.linspace(-0.5, 0.5, count))


#: Output → how its files are made of the left and the right eye's view.
PAIRS: Final[dict[str, Write]] = {
    "spatial": spatial.write_spatial,
    "sbs-still": pairs.write_side_by_side,
    "tab": pairs.write_top_and_bottom,
    "cross-eyed": pairs.write_cross_eyed,
    "parallel": pairs.write_parallel,
    "anaglyph-still": pairs.write_anaglyph,
    "anaglyph-grey": pairs.write_grey_anaglyph,
    "mpo": pairs.write_mpo,
}

#: Output → how it is made of more views than two.
MANY: Final[dict[str, Views]] = {
    "wiggle": Views(quilt.WIGGLE, quilt.write_wiggle),
    "quilt": Views(spread(quilt.VIEWS), quilt.write_quilt),
}
LENTICULAR: Final = "lenticular"

#: Draws the views of cameras at some places.
Draw = Callable[[Sequence[float]], Iterator[ByteImage]]


def count(outputs: Sequence[str], sheet: Lenticular) -> int:
    """How many views `write` will have drawn."""
    many = sum(len(each.places) for _, each in _made_of_many(outputs, sheet))
    return many + (2 if any(name in PAIRS for name in outputs) else 0)


def write(
    outputs: Sequence[str],
    eyes: tuple[float, float],
    sheet: Lenticular,
    draw: Draw,
    files: Callable[[str], Sequence[Path]],
    space: ColourSpace = SRGB,
) -> None:
    """Write those of the outputs that are made of views; pairs share two of them.

    Args:
        outputs: names; others are passed over.
        eyes: where the left and the right eye stand.
        sheet: what a lenticular print is made for.
        draw: renders.
        files: the paths of an output's files.
        space: of the views; what cannot say another than sRGB is not asked to.
    """
    told = {} if space == SRGB else {"space": space}
    paired = [name for name in outputs if name in PAIRS]
    if paired:
        left, right = draw(eyes)
        for name in paired:
            PAIRS[name](left, right, *files(name), **told)
    for name, many in _made_of_many(outputs, sheet):
        many.write(draw(many.places), *files(name), **told)


def _made_of_many(outputs: Sequence[str], sheet: Lenticular) -> Iterator[tuple[str, Views]]:
    for name in outputs:
        if name in MANY:
            yield name, MANY[name]
        elif name == LENTICULAR:
            yield (
                name,
                Views(spread(sheet.views), partial(lenticular.write_lenticular, sheet=sheet)),
            )
