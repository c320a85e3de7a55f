"""Subjects cut out of photos, set into scenes of known depth.

    python -m training.composite --pairs DIR --photos DIR --count N --out DIR [--seed N]

`--pairs` is a pair folder of backgrounds, `--photos` a folder with `objects/` and
`objects-saliency/`. A subject either stands in the scene, as deep as the ground at its foot and
hidden by what is nearer (photo pop-up, Hoiem et al. 2005), or fills the foreground like a portrait.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data import PairFolder
from training.render import LAST_TRAINING_PHOTO, read_subjects
from training.scenes.textures import Cutout, Materials

Array = NDArray[np.float32]
_RELIEF = 0.12  # how much nearer the middle of a subject is than its outline, at most


def relief(alpha: Array) -> Array:
    """Height of a subject above its outline, H×W in [0, 1]: rounded like a pillow."""
    padded = np.pad((alpha > 0.5).astype(np.uint8), 1)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
    return np.sqrt(distance / max(float(distance.max()), 1.0)).astype(np.float32)


def composite(
    photo: NDArray[np.uint8], inverse: Array, cutout: Cutout, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], Array]:
    """Set `cutout` into `photo` (uint8 H×W×3) with inverse depth `inverse` (> 0 where known)."""
    rows, columns = inverse.shape
    portrait = not cutout.grounded
    height = rows * (rng.uniform(0.5, 0.95) if portrait else rng.uniform(0.2, 0.8))
    scale = min(height / cutout.alpha.shape[0], 0.8 * columns / cutout.alpha.shape[1])
    size = tuple(max(8, int(scale * side)) for side in cutout.alpha.shape[::-1])
    picture = cv2.resize(cutout.picture, size, interpolation=cv2.INTER_AREA)
    alpha = cv2.resize(cutout.alpha, size, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        picture, alpha = picture[:, ::-1], alpha[:, ::-1]
    left = int(rng.integers(-size[0] // 4, columns - size[0] * 3 // 4))
    foot = rows if portrait else int(rng.integers(max(size[1] // 2, int(0.55 * rows)), rows))
    top = foot - size[1]
    ys, xs = slice(max(top, 0), foot), slice(max(left, 0), min(left + size[0], columns))
    own = np.s_[ys.start - top : ys.stop - top, xs.start - left : xs.stop - left]
    picture, height_map, alpha = picture[own], relief(alpha)[own], alpha[own]
    if portrait:
        depth = float(np.percentile(inverse, 98)) * rng.uniform(0.95, 2.0)
    else:
        ground = inverse[foot - 1, xs]
        depth = float(np.median(ground[ground > 0])) if (ground > 0).any() else 0.0
    surface = depth * (1 + rng.uniform(0, _RELIEF) * height_map)
    visible = alpha * (surface >= inverse[ys, xs])
    inverse, linear = inverse.copy(), (photo / 255.0) ** 2.2
    inverse[ys, xs] = np.where(visible > 0.5, surface, inverse[ys, xs])
    # The subject takes on the exposure of its surroundings, roughly.
    gain = np.clip(linear.mean() / max(float(picture[alpha > 0.5].mean()), 0.01), 0.5, 2.0)
    gain = gain ** rng.uniform(0, 1)
    mixed = linear[ys, xs] * (1 - visible[..., None]) + picture * gain * visible[..., None]
    linear[ys, xs] = mixed
    return (linear.clip(0, 1) ** (1 / 2.2) * 255).astype(np.uint8), inverse


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--until", type=int, help="use the backgrounds before this number")
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    backgrounds = PairFolder(args.pairs, args.until).pairs
    materials = Materials.read([], read_subjects(args.photos, LAST_TRAINING_PHOTO))
    for number in range(args.count):
        rng = np.random.default_rng((args.seed, number))
        photo, depth = backgrounds[rng.integers(len(backgrounds))]
        inverse = depth.astype(np.float32)
        grounded = rng.random() < 0.5
        for _ in range(rng.choice([1, 1, 2, 3]) if grounded else 1):
            cutout = materials.cutout(rng, grounded)
            photo, inverse = composite(photo, inverse, cutout, rng)
        scaled = (inverse / inverse.max() * 65535).clip(0, 65535).astype(np.uint16)
        name = args.out / f"{number:04d}"
        bgr = cv2.cvtColor(photo, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(name.with_suffix(".jpg")), bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])
        cv2.imwrite(str(name.with_suffix(".png")), scaled)


if __name__ == "__main__":
    main()
