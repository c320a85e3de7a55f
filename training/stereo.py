"""Draw stereo pairs with true disparity, for `benchmarks/stereo.py`.

    python -m training.stereo --photos PHOTOS --out DIR [--kind tabletop] [--seed 1]

Writes `left.png`, `right.png` and `disparity.npy` (pixels, `x_right = x_left - d`) of one scene of
`training.scenes`. The second camera stands beside the first by as much as moves the nearest things
by 4 % of the picture's width. Textures are cut from PHOTOS, as `training.render` has them.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from training.render import read_materials
from training.scenes.outdoor import outdoor
from training.scenes.raycast import Scene, trace
from training.scenes.shapes import Array
from training.scenes.street import street
from training.scenes.tabletop import tabletop

_KINDS = {"outdoor": outdoor, "street": street, "tabletop": tabletop}
_LONG_SIDE = 800
_FINE = 2  # rays across a pixel
_SHIFT = 0.04
_SEED = 7


def enlarged(scene: Scene) -> Scene:
    """The scene seen by a camera of `_LONG_SIDE`·`_FINE` pixels, in light without random noise."""
    camera = scene.camera
    factor = _LONG_SIDE / max(camera.shape)
    rows, columns = (round(side * factor / 2) * 2 * _FINE for side in camera.shape)
    sky = cv2.resize(scene.sky, (columns, rows))
    camera = replace(camera, shape=(rows, columns))
    return replace(scene, camera=camera, sky=sky, light=replace(scene.light, softness=0.0))


def beside(scene: Scene, baseline: float) -> Scene:
    """The scene seen from `baseline` metres to the right."""
    camera = scene.camera
    position = camera.position + camera.rotation[:, 0] * np.float32(baseline)
    return replace(scene, camera=replace(camera, position=position))


def to_picture(colour: Array, white: float) -> np.ndarray:
    """Linear light → uint8 BGR of the final size."""
    encoded = (colour / white).clip(0, 1) ** (1 / 2.2) * 255
    size = colour.shape[1] // _FINE, colour.shape[0] // _FINE
    small = cv2.resize(encoded, size, interpolation=cv2.INTER_AREA)
    return (small[..., ::-1] + 0.5).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kind", choices=sorted(_KINDS), default="tabletop")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(args.seed)
    scene = enlarged(_KINDS[args.kind](rng, read_materials(args.photos, until=60)))
    left, depth = trace(scene, np.random.default_rng(_SEED))
    inverse = np.where(np.isfinite(depth), 1 / depth, 0)[::_FINE, ::_FINE]
    focal = scene.camera.focal * inverse.shape[1]
    baseline = _SHIFT * max(inverse.shape) / (focal * float(np.quantile(inverse, 0.98)))
    right, _ = trace(beside(scene, baseline), np.random.default_rng(_SEED))
    white = max(float(np.percentile(left, 80)) / 0.5, 0.25)
    cv2.imwrite(str(args.out / "left.png"), to_picture(left, white))
    cv2.imwrite(str(args.out / "right.png"), to_picture(right, white))
    disparity = np.maximum(focal * baseline * inverse, 0.01)
    np.save(args.out / "disparity.npy", disparity.astype(np.float32))


if __name__ == "__main__":
    main()
