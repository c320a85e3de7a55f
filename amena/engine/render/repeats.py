"""Poses that a motion passes twice are drawn once: half of all frames go there and back again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from amena.engine.geometry.camera import CameraPath
from amena.engine.render.base import Renderer
from amena.engine.types import ByteImage, LayeredDepthImage

#: Bytes of frames that are kept at a time, whatever their size.
_MOST_BYTES: Final = 1 << 28
#: Poses that agree to so many decimals give the same pixels: a thousandth of a pixel at 4K is 3e-7.
_DECIMALS: Final = 10


def each_pose_once(
    renderer: Renderer,
    image: LayeredDepthImage,
    path: CameraPath,
    most_bytes: int = _MOST_BYTES,
) -> Iterator[ByteImage]:
    """The frames of `renderer.render`, one a pose, in order.

    Where a pose comes again, its frame is kept until then and not drawn again, as far as
    `most_bytes` go. Nearest repetitions go first, so a motion that turns round needs the fewest.
    A frame may be given twice: do not write to it.
    """
    width, height = path.drawn(image.photo_size).size
    source = _sources(path, most_bytes // (3 * width * height))
    drawn = [index for index, first in enumerate(source) if first == index]
    waiting = {first for index, first in enumerate(source) if first != index}
    kept: dict[int, ByteImage] = {}
    frames = renderer.render(image, replace(path, poses=path.poses[drawn]))
    for index, first in enumerate(source):
        if first != index:
            yield kept.pop(first)
            continue
        frame = next(frames)
        if index in waiting:
            kept[index] = frame
        yield frame


def _sources(path: CameraPath, most: int) -> list[int]:
    """For each frame the index of the one that is drawn for it: itself, or an earlier one of the
    same pose; never more than `most` are to be kept at once.
    """
    last: dict[bytes, int] = {}
    pairs = []
    for index, pose in enumerate(np.round(path.poses, _DECIMALS) + 0.0):  # no negative zeros
        before = last.pop(pose.tobytes(), None)
        if before is None:
            last[pose.tobytes()] = index
        else:
            pairs.append((before, index))
    source = list(range(len(path)))
    held = np.zeros(len(path), int)  # frames that are kept while each one is drawn
    for before, index in sorted(pairs, key=lambda pair: pair[1] - pair[0]):
        if (held[before:index] < most).all():
            held[before:index] += 1
            source[index] = before
    return source
