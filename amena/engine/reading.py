"""Strangers' files read: photos, and pictures of depth.

`Reader` reads in this process, `ConfinedReader` has a child do it (`confined`), which gives the
same, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.ma
from PIL import Image

from amena.engine.colour_space import known
from amena.engine.confined import Answer, Confinement, Limits
from amena.engine.depth.uploaded import read_fitting_map
from amena.engine.errors import DepthMapError, PhotoError
from amena.engine.photo import decode
from amena.engine.photo.kinds import KINDS, broken
from amena.engine.photo.limits import DECODE_MEMORY, MAX_BYTES, MAX_PIXELS
from amena.engine.types import Disparity, FloatImage, Photo, SecondEye

#: The largest photo takes a quarter of this on two cores of today.
_CPU_SECONDS: Final = 120
_WALL_SECONDS: Final = 300.0
#: Beside what the decoder takes: the file, its copy, and what the picture is reduced to.
_MEMORY: Final = DECODE_MEMORY + 2 * MAX_BYTES + 600_000_000
#: The picture, depth and matte as floats and the other eye's view, of the largest size.
_ANSWER: Final = 4096 * 4096 * 14 + 2**20

Tell = Callable[[], None]

# A child can open no file, so all that decoders import as late as they need it is imported here.
Image.preinit()
_LATE: Final = (numpy.ma,)


class Reader:
    """Reads in this process."""

    def start(self) -> None:
        """Gets ready before the first file."""

    def photo(
        self,
        path: Path,
        long_side: int,
        *,
        enlarge_to: int,
        rotate: int,
        stereo: str,
        tell: Tell | None = None,  # noqa: ARG002, of `ConfinedReader`'s shape
    ) -> Photo:
        """As `decode.load`; `tell` may be called meanwhile, and whatever it raises stops it."""
        return decode.load(path, long_side, enlarge_to=enlarge_to, rotate=rotate, stereo=stereo)

    def depth_map(
        self,
        path: Path,
        size: tuple[int, int],
        tell: Tell | None = None,  # noqa: ARG002, of `ConfinedReader`'s shape
    ) -> FloatImage:
        """As `read_fitting_map`; `tell` as for `photo`."""
        return read_fitting_map(path, size)


class ConfinedReader(Reader):
    """Has a child read, which may do nothing else."""

    def __init__(self) -> None:
        limits = Limits(_CPU_SECONDS, _WALL_SECONDS, _MEMORY, _ANSWER)
        self._confinement = Confinement("amena.engine.reading:read", limits)

    def start(self) -> None:
        self._confinement.start()

    def photo(
        self,
        path: Path,
        long_side: int,
        *,
        enlarge_to: int,
        rotate: int,
        stereo: str,
        tell: Tell | None = None,
    ) -> Photo:
        how = {"long_side": long_side, "enlarge_to": enlarge_to, "rotate": rotate, "stereo": stereo}
        words, buffers = _only(self._confinement.ask(path, {"what": "photo", **how}, tell))
        return _photo(words, buffers, max(long_side, enlarge_to))

    def depth_map(self, path: Path, size: tuple[int, int], tell: Tell | None = None) -> FloatImage:
        try:
            asked = {"what": "depth", "size": size}
            _, buffers = _only(self._confinement.ask(path, asked, tell))
            values: FloatImage = _depth(buffers, size)
        except PhotoError as error:
            # What the check of the upload has passed is a depth map's fault, in its own words.
            raise DepthMapError(error.message, code=error.code) from error
        return values


def read(file: BinaryIO, what: str, **how: Any) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """What a child of `ConfinedReader` does."""
    if what == "depth":
        width, height = how["size"]
        yield {}, [np.ascontiguousarray(read_fitting_map(file, (width, height)))]
        return
    photo = decode.load(file, **how)
    eye = photo.second_eye
    pictures = {
        "rgb": photo.rgb,
        "depth": photo.embedded.values if photo.embedded else None,
        "matte": photo.matte,
        "eye": eye.rgb if eye else None,
    }
    there = {name: each for name, each in pictures.items() if each is not None}
    yield (
        {
            "size": photo.size,
            "original_size": photo.original_size,
            "format": photo.format,
            "ignored": photo.ignored,
            "turn": eye.turn if eye else 0,
            "black": photo.embedded.black if photo.embedded else 0.0,
            "colour_space": photo.colour_space,
            "pictures": list(there),
        },
        [np.ascontiguousarray(each) for each in there.values()],
    )


def look(file: BinaryIO, side: int | None) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """What a file shows: first what its header says, then a thumbnail of `side` pixels where one is
    wanted; what a child of the web process does.
    """
    info = decode.inspect(file)
    yield {"format": info.format, "width": info.width, "height": info.height}, []
    if side is not None:
        yield {}, [decode.thumbnail(file, side)]


def _only(answers: Iterator[Answer]) -> Answer:
    """What a child says that is to say one thing."""
    found = list(islice(answers, 2))
    if len(found) != 1:
        raise broken()
    return found[0]


def _depth(buffers: list[bytearray], size: tuple[int, int]) -> FloatImage:
    try:
        (data,) = buffers
        values: FloatImage = _array(data, (size[1], size[0]), np.float32)
    except ValueError as error:
        raise broken() from error
    return values


def _array(data: bytearray, shape: tuple[int, ...], kind: type[Any]) -> Any:
    """Raises ValueError where the bytes are not as many as the shape has, or no numbers."""
    values = np.frombuffer(data, kind).reshape(shape)
    if kind is np.float32 and not np.isfinite(values).all():
        raise ValueError("not a number")
    return values


def _size(words: Any) -> tuple[int, int]:
    width, height = words
    if not (isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0):
        raise ValueError("no size")
    return width, height


def _photo(words: dict[str, Any], buffers: list[bytearray], longest: int) -> Photo:
    """The photo that a child has described, at most so long; what it says is believed as little as
    the file.
    """
    try:
        width, height = _size(words["size"])
        original_size = _size(words["original_size"])
        kind, turn, ignored = words["format"], words["turn"], tuple(words["ignored"])
        space, black = known(words["colour_space"]), words["black"]
        there = dict(zip(words["pictures"], buffers, strict=True))
        colours, values = (height, width, 3), (height, width)
        rgb = _array(there["rgb"], colours, np.uint8)
        depth = _array(there["depth"], values, np.float32) if "depth" in there else None
        matte = _array(there["matte"], values, np.float32) if "matte" in there else None
        eye = _array(there["eye"], colours, np.uint8) if "eye" in there else None
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise broken() from error
    names = all(isinstance(each, str) and each.isidentifier() for each in ignored)
    turns = isinstance(turn, int) and turn in range(4) and black in (0, 1)
    fits = max(width, height) <= longest and original_size[0] * original_size[1] <= MAX_PIXELS
    if not (names and turns and fits and isinstance(kind, str) and kind in KINDS):
        raise broken()
    return Photo(
        rgb,
        original_size,
        kind,
        None if depth is None else Disparity(depth, "embedded", black=float(black)),
        None if eye is None else SecondEye(eye, turn),
        ignored,
        matte,
        space,
    )
