"""Flat pictures for the relief head: pages, slides, screenshots, tables, drawings, bare surfaces.

    python -m training.pages --count N --out DIR --photos DIR [--seed N]

Writes `NNNN.jpg`. `--photos` is a folder with `open/` (photos; small crops of them stand in pages).
"""

from __future__ import annotations

import argparse
import string
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]
_SHAPES = ((420, 300), (420, 300), (300, 420), (280, 420), (360, 360), (460, 220))


class Pages:
    """Draws flat pictures."""

    def __init__(self, photos: list[Path]) -> None:
        # Imported here: who draws no pages need not wait for it.
        from matplotlib import font_manager

        self.photos = photos
        found = sorted(font_manager.findSystemFonts())
        self.fonts = [path for path in found if "Symbol" not in path and "Emoji" not in path]

    def draw(self, rng: np.random.Generator) -> Picture:
        """One flat picture, uint8 H×W×3."""
        kinds: list[Callable[[np.random.Generator, Image.Image], None]] = [
            self._text, self._text, self._slide, self._screenshot, self._table, self._sketch,
        ]  # fmt: skip
        rows, columns = _SHAPES[rng.integers(len(_SHAPES))]
        paper = (rng.uniform(0.75, 1) * (1 - 0.2 * rng.random(3) * rng.random()) * 255).astype(int)
        if rng.random() < 0.2:  # dark or coloured
            paper = rng.integers(0, 256, 3)
        image = Image.new("RGB", (columns, rows), tuple(int(v) for v in paper))
        if rng.random() < 0.93:
            kinds[rng.integers(len(kinds))](rng, image)
        return _seen(rng, np.asarray(image, np.uint8))

    def _font(self, rng: np.random.Generator, size: int) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(self.fonts[rng.integers(len(self.fonts))], max(size, 5))

    def _ink(self, rng: np.random.Generator, image: Image.Image) -> tuple[int, int, int]:
        """A colour that stands out from the paper."""
        dark = np.mean(np.asarray(image.getpixel((1, 1)))) > 128
        low, high = (0, 110) if dark else (160, 256)
        red, green, blue = rng.integers(low, high, 3)
        if rng.random() < 0.7:
            green = blue = red
        return int(red), int(green), int(blue)

    def _paragraph(
        self, rng: np.random.Generator, image: Image.Image, box: tuple[int, int, int, int],
        size: int,
    ) -> None:  # fmt: skip
        """Lines of words in a box (left, top, right, bottom)."""
        pen, font, ink = ImageDraw.Draw(image), self._font(rng, size), self._ink(rng, image)
        left, top, right, bottom = box
        step = size * rng.uniform(1.15, 1.7)
        y = float(top)
        while y + size < bottom:
            line = ""
            end = right - (right - left) * (rng.random() ** 3 if rng.random() < 0.3 else 0)
            while font.getlength(line) < end - left - 3 * size:
                line += _word(rng) + " "
            pen.text((left, y), line, font=font, fill=ink)
            y += step

    def _photo(
        self, rng: np.random.Generator, image: Image.Image, box: tuple[int, int, int, int]
    ) -> None:
        """A small picture in a box; without photos, a patch of colour."""
        left, top, right, bottom = box
        size = (max(4, right - left), max(4, bottom - top))
        if self.photos and rng.random() < 0.6:
            inset = Image.open(self.photos[rng.integers(len(self.photos))]).convert("RGB")
            image.paste(inset.resize(size), (left, top))
        else:
            colour = tuple(int(v) for v in rng.integers(0, 256, 3))
            image.paste(Image.new("RGB", size, colour), (left, top))

    def _text(self, rng: np.random.Generator, image: Image.Image) -> None:
        """A page of a book, a letter or a newspaper."""
        width, height = image.size
        edge = int(rng.uniform(0.02, 0.14) * width)
        size = int(rng.choice([7, 9, 11, 14, 20, 30]))
        top = edge
        if rng.random() < 0.6:
            head = int(size * rng.uniform(1.4, 3))
            self._paragraph(rng, image, (edge, top, width - edge, top + 2 * head), head)
            top += int(2.6 * head)
        columns = int(rng.choice([1, 1, 2, 3]))
        wide = (width - 2 * edge) // columns
        for column in range(columns):
            left = edge + column * wide
            y = top
            while y < height - edge - 2 * size:
                end = min(height - edge, y + int(rng.uniform(0.1, 0.9) * height))
                if rng.random() < 0.12:
                    end = min(end, y + height // 5)
                    self._photo(rng, image, (left, y, left + int(0.9 * wide), end))
                else:
                    self._paragraph(rng, image, (left, y, left + int(0.93 * wide), end), size)
                y = end + size

    def _slide(self, rng: np.random.Generator, image: Image.Image) -> None:
        """A slide, sign, cover or label: few large words and patches."""
        width, height = image.size
        for _ in range(rng.integers(0, 5)):
            x, y = rng.integers(0, width), rng.integers(0, height)
            w, h = rng.integers(10, width), rng.integers(5, max(6, height // 3))
            colour = tuple(int(v) for v in rng.integers(0, 256, 3))
            ImageDraw.Draw(image).rectangle((x, y, x + w, y + h), fill=colour)
        for _ in range(rng.integers(1, 5)):
            y = int(rng.uniform(0.03, 0.8) * height)
            size = int(rng.uniform(0.04, 0.22) * height)
            left = int(rng.uniform(0.02, 0.3) * width)
            self._paragraph(rng, image, (left, y, width, y + int(1.7 * size)), size)

    def _screenshot(self, rng: np.random.Generator, image: Image.Image) -> None:
        """Bars, lists, buttons and boxes of a program or a page on the web."""
        width, height = image.size
        pen = ImageDraw.Draw(image)
        shade = tuple(int(v) for v in rng.integers(30, 250, 3))
        pen.rectangle((0, 0, width, int(rng.uniform(0.04, 0.12) * height)), fill=shade)
        side = int(rng.choice([0, 0.2, 0.3]) * width)
        pen.rectangle((0, height // 10, side, height), fill=tuple(v * 9 // 10 for v in shade))
        y = height // 8
        while y < height - 30:
            tall = int(rng.uniform(18, 70))
            if rng.random() < 0.5:
                box = (side + 8, y, width - 8, y + tall - 6)
                pen.rounded_rectangle(box, int(rng.integers(0, 9)), outline=self._ink(rng, image))
            if rng.random() < 0.3:
                self._photo(rng, image, (side + 12, y + 3, side + 8 + tall, y + tall - 8))
            left = side + 16 + (tall if rng.random() < 0.5 else 0)
            self._paragraph(rng, image, (left, y + 4, width - 12, y + tall - 4), 9)
            y += tall

    def _table(self, rng: np.random.Generator, image: Image.Image) -> None:
        """Ruled lines, a grid with words, a chart or staves."""
        width, height = image.size
        pen, ink = ImageDraw.Draw(image), self._ink(rng, image)
        across = np.linspace(8, width - 8, rng.integers(2, 12)).astype(int)
        down = np.linspace(8, height - 8, rng.integers(4, 26)).astype(int)
        for y in down:
            pen.line((8, y, width - 8, y), fill=ink, width=int(rng.integers(1, 3)))
        if rng.random() < 0.6:
            for x in across:
                pen.line((x, 8, x, height - 8), fill=ink)
        for x in across[:-1]:
            for y in down[:-1]:
                if rng.random() < 0.6:
                    pen.text((x + 3, y + 2), _word(rng), font=self._font(rng, 10), fill=ink)
                elif rng.random() < 0.3:
                    colour = tuple(int(v) for v in rng.integers(0, 256, 3))
                    pen.rectangle((x + 3, y + 3, x + rng.integers(6, 30), y + 12), fill=colour)

    def _sketch(self, rng: np.random.Generator, image: Image.Image) -> None:
        """Strokes of a pen or brush, as children draw; a map."""
        width, height = image.size
        pen = ImageDraw.Draw(image)
        for _ in range(rng.integers(3, 40)):
            start = rng.uniform(0, 1, 2) * image.size
            way = np.cumsum(rng.normal(0, rng.uniform(3, 25), (12, 2)), axis=0) + start
            points = [(float(x), float(y)) for x, y in way]
            ink = tuple(int(v) for v in rng.integers(0, 256, 3))
            if rng.random() < 0.2:
                pen.polygon(points, fill=ink)
            else:
                pen.line(points, fill=ink, width=int(rng.integers(1, 9)), joint="curve")
        if rng.random() < 0.3:
            self._paragraph(rng, image, (8, 8, width, height // 4), int(rng.integers(10, 26)))


def _word(rng: np.random.Generator) -> str:
    letters = rng.choice(list(string.ascii_lowercase + "eeetaaoinsr"), rng.integers(1, 10))
    word = "".join(letters)
    return word.capitalize() if rng.random() < 0.15 else word


def _seen(rng: np.random.Generator, flat: Picture) -> Picture:
    """As a scanner or a camera sees it: light that falls off, creases, a little perspective."""
    rows, columns = flat.shape[:2]
    light = np.ones((rows, columns), np.float32)
    if rng.random() < 0.6:
        small = rng.standard_normal((3, 3)).astype(np.float32) * rng.uniform(0, 0.15)
        light += cv2.resize(small, (columns, rows), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.3:
        fold = np.arange(columns) - rng.uniform(0, columns)
        light += (rng.uniform(-0.15, 0.15) * np.exp(-np.abs(fold) / 20))[None].astype(np.float32)
    seen = flat * light[..., None] + rng.normal(0, rng.uniform(0, 6), flat.shape)
    if rng.random() < 0.5:
        corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
        inner = corners + rng.normal(0, 0.02, (4, 2)).astype(np.float32) * columns
        centre = np.array([columns, rows], np.float32) / 2
        inner = (inner - centre) * 1.08 + centre  # the page still fills the picture
        turn = cv2.getPerspectiveTransform(corners, inner)
        seen = cv2.warpPerspective(seen, turn, (columns, rows), borderMode=cv2.BORDER_REPLICATE)
    if rng.random() < 0.3:
        seen = cv2.GaussianBlur(seen, (0, 0), rng.uniform(0.4, 1.5))
    return np.asarray(seen.clip(0, 255), np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    pages = Pages(sorted((args.photos / "open").glob("*.jpg"))[:600])
    for number in range(args.count):
        picture = pages.draw(np.random.default_rng((args.seed, number)))
        Image.fromarray(picture).save(args.out / f"{number:04d}.jpg", quality=90)


if __name__ == "__main__":
    main()
