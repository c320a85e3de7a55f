"""Record where real disocclusions lie in photos with depth.

    python -m training.inpainting_masks --pairs DIR [DIR ...] --out OUT

`DIR` holds pairs (`NAME.jpg`, 16-bit `NAME.png`; see training/data.py). For each, the engine's own
layering peels the near side off, and what it asks its inpainter for is written to `OUT`: the photo
and a label map of its size, 0 = near side, 1 = known, 2 = hole. Photos without a cut are left out.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.depth.sharpen import sharpen
from amena.engine.layering.cuts import drop_specks, find_cuts
from amena.engine.layering.depth_layer import UnknownBand
from amena.engine.layering.layers import colour_layer
from amena.engine.layering.peeling import peel_layer
from amena.engine.types import ByteImage, Disparity, FloatImage, Mask

NEAR, KNOWN, HOLE = 0, 1, 2

#: Largest parallax in pixels, drawn per photo: the motion budget's range at 960 pixels.
_MAX_PARALLAX_PX = (12.0, 40.0)
_MIN_HOLE = 200  # pixels


def disocclusion(
    rgb: ByteImage, disparity: FloatImage, max_parallax_px: float
) -> NDArray[np.uint8] | None:
    """Label map (uint8 H×W) of the outermost layer's disocclusion; None where nothing is hidden.

    Args:
        rgb: uint8 H×W×3.
        disparity: float32 H×W in [0, 1].
        max_parallax_px: parallax in pixels between disparity 0 and 1.
    """
    values = drop_specks(sharpen(Disparity(disparity, "uploaded"), rgb).values)
    cuts = find_cuts(values)
    if not cuts.any:
        return None
    labels = np.full(disparity.shape, NEAR, np.uint8)

    def record(photo: ByteImage, hole: Mask, known: Mask) -> ByteImage:
        labels[known] = KNOWN
        labels[hole] = HOLE
        return photo

    layer, _ = peel_layer(values, cuts, max_parallax_px)
    colour_layer(rgb, layer, UnknownBand(), record)
    enough = min(int((labels == HOLE).sum()), int((labels == KNOWN).sum())) >= _MIN_HOLE
    return labels if enough else None


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--pairs", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    rng = np.random.default_rng(1)
    args.out.mkdir(parents=True, exist_ok=True)
    for folder in args.pairs:
        for path in sorted(folder.glob("*.png")):
            photo = cv2.imread(str(path.with_suffix(".jpg")), cv2.IMREAD_COLOR)
            depth = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            if photo is None or depth is None or depth.shape != photo.shape[:2]:
                raise SystemExit(f"Cannot read the pair {path}.")
            rgb = cv2.cvtColor(photo, cv2.COLOR_BGR2RGB)
            disparity = cv2.normalize(depth.astype(np.float32), None, 0, 1, cv2.NORM_MINMAX)
            labels = disocclusion(rgb, disparity, rng.uniform(*_MAX_PARALLAX_PX))
            if labels is not None:
                name = f"{folder.name}-{path.stem}"
                cv2.imwrite(str(args.out / f"{name}.png"), labels)
                (args.out / f"{name}.jpg").write_bytes(path.with_suffix(".jpg").read_bytes())


if __name__ == "__main__":
    main()
