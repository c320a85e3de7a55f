"""Are hair, fur, leaves and glass cut out, and is nothing of them left behind?

    python -m benchmarks.mattes [--kinds hair …] [--save DIR]

Composites whose colours and alpha are known (`subjects`) go through the engine with two maps: the
`exact` one, taken for what it is, and one as an `estimate` would be: soft, off by some pixels and
without what is thinner than a few. One JSON line for each kind and map, means over all colours:

alpha    mean difference between the true alpha and that of all near layers, where the true one is
         soft and within `_BAND_PX` of it.
left     share of the pixels 4 to 9 outside what the near layers cover (alpha over a half) whose
         background shows more than 30 % of the subject's colour: it would stay behind.
ghost    the same in the frames at both ends of a motion: share of the pixels which the subject has
         left, or lay beside, that show more than 30 % of its colour.
eaten    share of the pixels well inside the subject in those frames that show more than 30 % of
         the background's colour.
rim      mean difference in levels of 255 from the true view within `_BAND_PX` of its soft pixels.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

from amena.engine.depth.sharpen import settled, sharpen
from amena.engine.geometry.camera import CameraPath, required_margin
from amena.engine.inpainting.inpainter import Inpainter, build_inpainter
from amena.engine.layering.layers import build_layers
from amena.engine.render.warp import WarpRenderer
from amena.engine.types import ByteImage, Disparity, FloatImage, LayeredDepthImage, Mask, Photo
from benchmarks.machine import watched
from benchmarks.stereo import right_pose
from benchmarks.subjects import KINDS, PALETTES, Subject, draw

#: Disparity of background and subject, and by how many pixels the subject then moves.
_FAR, _NEAR, MOVE_PX = 0.25, 0.75, 18
_BAND_PX = 6
#: More of the other side's colour than this is seen.
_SEEN = 0.3
#: Of estimates: what is thinner than this is missed, steps are blurred and displaced by so much.
_MISSED_PX, _BLUR_PX, _OFF_PX, _WAVE_PX = 5, 3.0, 1.5, 18.0
MAPS = ("exact", "estimate")


def disparity_of(subject: Subject, kind: str, photo: ByteImage, enlarged: float = 1) -> Disparity:
    """The map of that kind, sharpened as the engine does it for this photo of the subject."""
    if kind == "exact":
        values = np.where(subject.body, _NEAR, _FAR).astype(np.float32)
        return Disparity(values, "uploaded", soft=False, sharpened=True)
    rng = np.random.default_rng(3)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_MISSED_PX, _MISSED_PX))
    closed = cv2.morphologyEx(subject.body.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    body = cv2.morphologyEx(closed, cv2.MORPH_OPEN, kernel).astype(np.float32)
    waves = rng.normal(size=(2, *body.shape)).astype(np.float32)
    waves = np.stack([cv2.GaussianBlur(each, (0, 0), _WAVE_PX) for each in waves])
    waves *= _OFF_PX / waves.std()
    rows, cols = np.indices(body.shape, dtype=np.float32)
    moved = cv2.remap(body, cols + waves[0], rows + waves[1], cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(moved, (0, 0), _BLUR_PX)
    estimate = Disparity(_FAR + (_NEAR - _FAR) * soft, "compact")
    return sharpen(settled(estimate, photo), photo, enlarged=enlarged)


def enlarged_photo(subject: Subject, times: float) -> ByteImage:
    """The photo as a camera of fewer pixels would have taken it, enlarged as the engine does it."""
    photo = Image.fromarray(subject.photo)
    if times == 1:
        return subject.photo
    width, height = photo.size
    small = photo.resize((round(width / times), round(height / times)), Image.Resampling.BOX)
    return np.asarray(small.resize(photo.size, Image.Resampling.LANCZOS))


def judge(
    subject: Subject, kind: str, inpaint: Inpainter, save: Path | None, enlarged: float = 1
) -> dict[str, float]:
    """All measures of one subject with one kind of map, in a photo that was enlarged so much."""
    photo = enlarged_photo(subject, enlarged)
    height, width = subject.alpha.shape
    span = MOVE_PX / (_NEAR - _FAR)
    ends = [right_pose(-_FAR * reach, reach, max(height, width)) for reach in (float(span), -span)]
    path = CameraPath(np.stack(ends), "stereo", span / max(height, width), 0.0)
    x, y = required_margin(path, (width, height))
    layers = build_layers(
        Photo(photo, (round(width / enlarged), round(height / enlarged)), "PNG"),
        disparity_of(subject, kind, photo, enlarged),
        path.amplitude,
        inpaint,
        (x + 1, y + 1),
    )
    covered, behind = apart(layers)
    figures = {
        "alpha": float(np.abs(covered - subject.alpha)[_around(subject.alpha)].mean()),
        "left": _left(subject, covered, behind),
    }
    frames = list(WarpRenderer().render(layers, path))
    moved = [_moved(subject, frame, shift) for frame, shift in zip(frames, (-1, 1), strict=True)]
    figures |= {name: float(np.mean([each[name] for each in moved])) for name in moved[0]}
    if save:
        sheet = np.hstack([photo, *frames, np.clip(behind, 0, 255).astype(np.uint8)])
        Image.fromarray(sheet).save(save)
    return figures


def apart(layers: LayeredDepthImage) -> tuple[FloatImage, FloatImage]:
    """How much of each pixel the near layers cover (H×W), and the colour behind them (H×W×3)."""
    (x, y), (width, height) = layers.margin, layers.photo_size
    part = np.s_[y : y + height, x : x + width]
    free = np.ones((height, width), np.float32)
    behind = np.zeros((height, width, 3), np.float32)
    for layer in layers.layers:
        near = layer.disparity[part] > (_NEAR + _FAR) / 2
        alpha = layer.alpha[part].astype(np.float32) / 255
        free *= 1 - alpha * near
        over = (alpha * ~near)[..., None]
        behind += (layer.rgb[part] - behind) * over
    return 1 - free, behind


def _left(subject: Subject, covered: FloatImage, behind: FloatImage) -> float:
    outside = cv2.distanceTransform((covered < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    ring = (outside >= 4) & (outside <= 9)
    return float((_share(behind, subject.back, subject.front)[ring] > _SEEN).mean())


def _moved(subject: Subject, frame: np.ndarray, sign: int) -> dict[str, float]:
    """The measures of one frame."""
    shift = sign * MOVE_PX
    alpha = np.roll(subject.alpha, shift, axis=1)
    inside = np.zeros(alpha.shape, np.bool_)
    inside[:, MOVE_PX:-MOVE_PX] = True  # else the view's own border
    near = _grown(subject.alpha > 0.05, 2 * _BAND_PX)
    left = near & ~_grown(alpha > 0.02, 1) & inside
    taken = (cv2.erode(alpha, np.ones((5, 5), np.uint8)) > 0.98) & inside
    front = np.roll(subject.front, shift, axis=1)
    off = np.abs(frame - subject.seen(shift)).mean(axis=2)
    ghost = _share(frame, subject.back, subject.front)[left] > _SEEN
    eaten = _share(frame, front, subject.back)[taken] > _SEEN
    return {
        "ghost": float(ghost.mean()),
        "eaten": float(eaten.mean()) if eaten.size else 0.0,  # of glass nothing is opaque
        "rim": float(off[_around(alpha) & inside].mean()),
    }


def _share(seen: np.ndarray, own: FloatImage, other: FloatImage) -> FloatImage:
    """How much of the `other` colour a picture shows where its `own` should be, H×W.

    Tones alone: textures that differ are no mixture.
    """
    seen, own, other = (
        cv2.GaussianBlur(each.astype(np.float32), (0, 0), 0.7) for each in (seen, own, other)
    )
    apart = other - own
    along = ((seen - own) * apart).sum(axis=2)
    return np.asarray(along / np.maximum((apart**2).sum(axis=2), 1.0), np.float32)


def _around(alpha: FloatImage) -> Mask:
    return _grown((alpha > 0.02) & (alpha < 0.98), _BAND_PX)


def _grown(mask: Mask, pixels: int) -> Mask:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel) > 0)


@watched()
def main(arguments: list[str] | None = None) -> None:
    """Runs the command line that the module's text describes."""
    parser = argparse.ArgumentParser(description="How hair, fur, leaves and glass are cut out.")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--maps", nargs="+", choices=MAPS, default=list(MAPS))
    parser.add_argument("--enlarged", type=float, default=1, help="photos were so much smaller")
    parser.add_argument("--save", type=Path, help="folder for photo, frames and background")
    asked = parser.parse_args(arguments)
    if asked.save:
        asked.save.mkdir(parents=True, exist_ok=True)
    inpaint = build_inpainter(torch.device("cpu"))
    for of in asked.maps:
        for kind in asked.kinds:
            rows = []
            for palette in PALETTES:
                save = asked.save / f"{kind}-{palette}-{of}.png" if asked.save else None
                rows.append(judge(draw(kind, palette), of, inpaint, save, asked.enlarged))
            means = {name: round(float(np.mean([r[name] for r in rows])), 4) for name in rows[0]}
            print(json.dumps({"map": of, "kind": kind, **means}), flush=True)


if __name__ == "__main__":
    main()
