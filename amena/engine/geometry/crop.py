"""The part of the picture that a film of another shape shows: as large as fits, moved along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: Shapes that films are posted in → width and height; `photo`: the photo's own.
SHAPES: Final[dict[str, tuple[int, int] | None]] = {
    "photo": None,
    "9:16": (9, 16),
    "9:20": (9, 20),
    "4:5": (4, 5),
    "1:1": (1, 1),
    "16:9": (16, 9),
}


@dataclass(frozen=True)
class Crop:
    """A rectangle of a picture, in pixels.

    Attributes:
        left, top: its first column and row.
        width, height: its sides.
    """

    left: int
    top: int
    width: int
    height: int

    @property
    def size(self) -> tuple[int, int]:
        """Its (width, height) in pixels."""
        return self.width, self.height

    @property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns, to index a picture with."""
        return (
            slice(self.top, self.top + self.height),
            slice(self.left, self.left + self.width),
        )


def cropped_size(size: tuple[int, int], shape: str) -> tuple[int, int]:
    """The largest (width, height) of a shape in a picture, both even.

    Args:
        size: (width, height) of the picture, both even.
        shape: a key of `SHAPES`.

    >>> cropped_size((960, 720), "9:16"), cropped_size((960, 720), "16:9")
    ((404, 720), (960, 540))
    """
    proportions = SHAPES[shape]
    if proportions is None:
        return size
    (width, height), (across, down) = size, proportions
    return (
        max(2, min(width, 2 * round(height * across / down / 2))),
        max(2, min(height, 2 * round(width * down / across / 2))),
    )


def crop(size: tuple[int, int], shape: str, placement: float) -> Crop:
    """The largest rectangle of a shape in a picture.

    Args:
        size: (width, height) of the picture, both even.
        shape: a key of `SHAPES`.
        placement: where it lies along the side that has room to spare: 0 at the left or the top,
            1 at the right or the bottom.
    """
    width, height = cropped_size(size, shape)
    left, top = round((size[0] - width) * placement), round((size[1] - height) * placement)
    return Crop(left, top, width, height)
