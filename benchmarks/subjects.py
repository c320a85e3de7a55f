"""Subjects with soft outlines before a background, drawn so that all of it is known.

Outlines are drawn at `_FINE` times the size and reduced, so that alpha is the share of a pixel that
is covered. Colours are drawn over the whole picture, also where they are covered or transparent:
what a camera sees from elsewhere is known too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from amena.engine.types import ByteImage, FloatImage, Mask

#: Rows and columns, and places along a side of a pixel.
SHAPE = (600, 760)
_FINE = 4
#: Deviation of the photo's noise, of 255.
_NOISE = 1.5

#: Colours (RGB) of subject and background, and how much the background's texture varies, of 255.
PALETTES = {
    "dark": ((52, 40, 34), (186, 196, 206), 14.0),
    "fair": ((222, 196, 150), (58, 76, 62), 14.0),
    "busy": ((122, 52, 40), (150, 170, 120), 34.0),
}


@dataclass(frozen=True)
class Subject:
    """One subject before its background.

    Attributes:
        front, back: float32 H×W×3, 0–255, the colours of both, everywhere.
        alpha: float32 H×W in [0, 1], the share of each pixel that the subject covers.
        body: bool H×W, where a perfect depth map would show the subject.
    """

    front: FloatImage
    back: FloatImage
    alpha: FloatImage
    body: Mask

    def seen(self, shift: int = 0) -> FloatImage:
        """The picture once the subject has moved so many pixels to the right, float32 H×W×3."""
        alpha = np.roll(self.alpha, shift, axis=1)[..., None]
        return np.roll(self.front, shift, axis=1) * alpha + self.back * (1 - alpha)

    @property
    def photo(self) -> ByteImage:
        """What a camera sees, with noise."""
        noise = np.random.default_rng(5).normal(0, _NOISE, self.front.shape)
        return np.clip(self.seen() + noise + 0.5, 0, 255).astype(np.uint8)


def draw(kind: str, palette: str, seed: int = 1) -> Subject:
    """A subject of `KINDS` in colours of `PALETTES`, the same for the same arguments."""
    rng = np.random.default_rng((seed, sorted(KINDS).index(kind), sorted(PALETTES).index(palette)))
    near, far, variation = PALETTES[palette]
    front = _textured(rng, near, 9.0, smallest=0.8)
    back = _textured(rng, far, variation, smallest=1.5)
    # A few straight edges, as rooms and streets have them.
    for _ in range(4):
        x, y = rng.uniform(0.1, 0.9, 2)
        angle = rng.uniform(0, np.pi)
        rows, cols = np.indices(SHAPE)
        side = (cols / SHAPE[1] - x) * np.sin(angle) + (rows / SHAPE[0] - y) * np.cos(angle)
        lighter = np.float32(rng.uniform(-1, 1) * variation)
        back += lighter * np.clip(side * SHAPE[1] + 0.5, 0, 1)[..., None].astype(np.float32)
    return KINDS[kind](rng, Subject(front, back, *_nothing()))


def _nothing() -> tuple[FloatImage, Mask]:
    return np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.bool_)


def _textured(
    rng: np.random.Generator, colour: tuple[int, int, int], deviation: float, smallest: float
) -> FloatImage:
    """A colour with blobs of many sizes, of that standard deviation in tone."""
    picture = np.zeros((*SHAPE, 3), np.float32)
    for size in smallest * 2.0 ** np.arange(6):
        cells = tuple(max(2, round(side / (2 * size))) for side in SHAPE)
        grain = rng.normal(size=(*cells, 1)) + 0.3 * rng.normal(size=(*cells, 3))
        picture += float(size) ** 0.3 * cv2.resize(
            grain.astype(np.float32), SHAPE[::-1], interpolation=cv2.INTER_CUBIC
        )
    picture *= np.float32(deviation / picture.std())
    return np.asarray(picture + np.asarray(colour, np.float32), np.float32)


class _Paper:
    """Draws white shapes at `_FINE` times the size; coordinates are pixels of the picture."""

    def __init__(self) -> None:
        self._fine = np.zeros((SHAPE[0] * _FINE, SHAPE[1] * _FINE), np.uint8)

    def ellipse(self, x: float, y: float, rx: float, ry: float, angle: float = 0) -> None:
        centre, axes = (round(x * _FINE), round(y * _FINE)), (round(rx * _FINE), round(ry * _FINE))
        cv2.ellipse(self._fine, centre, axes, float(angle), 0, 360, 255, -1)

    def line(self, points: FloatImage, width: float) -> None:
        fine = np.rint(points * _FINE).astype(np.int32)
        cv2.polylines(self._fine, [fine], False, 255, max(1, round(width * _FINE)))

    def area(self, points: FloatImage) -> None:
        cv2.fillPoly(self._fine, [np.rint(points * _FINE).astype(np.int32)], 255)

    @property
    def alpha(self) -> FloatImage:
        """float32 H×W in [0, 1]."""
        small = cv2.resize(self._fine, SHAPE[::-1], interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.float32) / np.float32(255)


def _strand(
    rng: np.random.Generator, x: float, y: float, heading: float, length: float, droop: float
) -> FloatImage:
    """A line that bends by chance and by its weight, points×2."""
    steps = 12
    bend = np.cumsum(rng.normal(0, 0.09, steps) + rng.normal(0, 0.05))
    angle = heading + bend
    dx, dy = np.cos(angle), np.sin(angle) + droop * np.arange(steps) / steps
    norm = np.hypot(dx, dy) * steps / length
    path = np.stack((x + np.cumsum(dx / norm), y + np.cumsum(dy / norm)), axis=1)
    return np.concatenate(([[x, y]], path)).astype(np.float32)


def _hair(rng: np.random.Generator, subject: Subject) -> Subject:
    """Head and shoulders; long single strands leave the outline."""
    height, width = SHAPE
    x, y, rx, ry = width * 0.5, height * 0.42, height * 0.15, height * 0.19
    paper = _Paper()
    paper.ellipse(x, y, rx, ry)
    paper.ellipse(x, height * 1.02, width * 0.26, height * 0.3)
    for _ in range(1500):
        at = rng.uniform(-np.pi * 1.2, np.pi * 0.2)
        length = rng.gamma(2.0, 13.0)
        heading = at + rng.normal(0, 0.5)
        start = x + 0.98 * rx * np.cos(at), y + 0.98 * ry * np.sin(at)
        paper.line(_strand(rng, *start, heading, length, 1.6), rng.uniform(0.4, 1.1))
    return _standing(paper, subject)


def _fur(rng: np.random.Generator, subject: Subject) -> Subject:
    """An animal's back: dense short hair all along."""
    height, width = SHAPE
    x, y, rx, ry = width * 0.48, height * 0.6, width * 0.24, height * 0.26
    paper = _Paper()
    paper.ellipse(x, y, rx, ry)
    paper.ellipse(x + rx * 0.8, y - ry * 0.7, rx * 0.42, ry * 0.5)
    for cx, cy, ax, ay in ((x, y, rx, ry), (x + rx * 0.8, y - ry * 0.7, rx * 0.42, ry * 0.5)):
        for _ in range(2600):
            at = rng.uniform(0, 2 * np.pi)
            start = cx + 0.98 * ax * np.cos(at), cy + 0.98 * ay * np.sin(at)
            heading = at + 0.7 + rng.normal(0, 0.3)
            paper.line(_strand(rng, *start, heading, rng.uniform(6, 18), 0.4), 0.8)
    return _standing(paper, subject)


def _foliage(rng: np.random.Generator, subject: Subject) -> Subject:
    """A tree's crown: leaves and twigs, with the sky between them."""
    height, width = SHAPE
    x, y = width * 0.5, height * 0.42
    paper = _Paper()
    trunk = [(x - 14, height), (x - 8, y), (x + 8, y), (x + 16, height)]
    paper.area(np.asarray(trunk, np.float32))
    for _ in range(36):
        at, reach = rng.uniform(0, 2 * np.pi), rng.uniform(60, 150)
        twig = _strand(rng, x, y, at, reach, 0.1)
        paper.line(twig, 2.2)
        for cx, cy in twig[4:]:
            for dx, dy in rng.normal(0, 9, (9, 2)):
                size = rng.uniform(3, 6)
                paper.ellipse(cx + dx, cy + dy, size, size * 0.45, rng.uniform(0, 180))
    return _standing(paper, subject)


def _glass(_: np.random.Generator, subject: Subject) -> Subject:
    """A drinking glass: thin walls, and what is behind seen through it."""
    height, width = SHAPE
    x, top, bottom = width * 0.5, height * 0.25, height * 0.85
    outline = [(x - 90, top), (x - 66, bottom), (x + 66, bottom), (x + 90, top)]
    walls, filled = _Paper(), _Paper()
    filled.area(np.asarray(outline, np.float32))
    walls.line(np.asarray([*outline, outline[0]], np.float32), 4.0)
    alpha = np.maximum(0.15 * filled.alpha, 0.85 * walls.alpha)
    body = np.maximum(filled.alpha, walls.alpha) > 0.5
    return replace(subject, alpha=alpha, body=body)


def _defocus(_: np.random.Generator, subject: Subject) -> Subject:
    """A plain thing out of focus."""
    paper = _Paper()
    paper.ellipse(SHAPE[1] * 0.45, SHAPE[0] * 0.6, SHAPE[1] * 0.2, SHAPE[0] * 0.28)
    paper.ellipse(SHAPE[1] * 0.6, SHAPE[0] * 0.45, 24, 110, 35)
    alpha = cv2.GaussianBlur(paper.alpha, (0, 0), 2.2)
    return replace(subject, alpha=alpha, body=alpha > 0.5)


def _standing(paper: _Paper, subject: Subject) -> Subject:
    return replace(subject, alpha=paper.alpha, body=paper.alpha > 0.5)


KINDS: dict[str, Callable[[np.random.Generator, Subject], Subject]] = {
    "hair": _hair,
    "fur": _fur,
    "foliage": _foliage,
    "glass": _glass,
    "defocus": _defocus,
}
