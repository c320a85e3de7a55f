"""Photos taken side by side → pair folders with measured depth.

    python -m training.stereo_pairs --photos DIR --out DIR [--focal F] [--first N] [--step K]

Every photo of DIR (`*.jpg`, `*.JPG`, `*.png`, in order of name) and the `--step`-th after it show
one scene that stands still. Where the second was taken beside the first, both are rectified, and
semi-global matching (Hirschmüller 2008) in both directions gives disparity; where the directions
disagree it is unknown. `--focal` is the focal length over the width of the picture. Files named
`PHOTO.camera` beside the photos (rows of the camera matrix first) are used instead if they exist.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

_LONG_SIDE = 960  # of the pictures that are matched
_SAVED = 640
_RANGE = 192  # disparities searched, pixels
_AGREEMENT = 1.5  # pixels between both directions
_KNOWN = 0.35  # share of pixels that must be known


@dataclass(frozen=True)
class Rectified:
    """Two pictures of which a point has the same row.

    Attributes:
        left, right: uint8 H×W×3.
        known: bool H×W, where the left one shows the photo.
    """

    left: NDArray[np.uint8]
    right: NDArray[np.uint8]
    known: NDArray[np.bool_]


def rectify(first: NDArray[np.uint8], second: NDArray[np.uint8], focal: float) -> Rectified | None:
    """Rectify two photos of one size (uint8 H×W×3), `focal` in pixels; None where the second was
    not taken beside the first or too few points match.
    """
    height, width = first.shape[:2]
    camera = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    sift = cv2.SIFT.create(3000)
    points, marks = zip(
        *(sift.detectAndCompute(cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY), None)
          for photo in (first, second)), strict=True,
    )  # fmt: skip
    if any(each is None or len(each) < 50 for each in marks):
        return None
    matches = cv2.BFMatcher().knnMatch(marks[0], marks[1], k=2)
    good = [a for a, b in matches if a.distance < 0.75 * b.distance]
    if len(good) < 50:
        return None
    a = np.array([points[0][match.queryIdx].pt for match in good])
    b = np.array([points[1][match.trainIdx].pt for match in good])
    essential, inliers = cv2.findEssentialMat(a, b, camera, cv2.USAC_MAGSAC, 0.999, 1.0)
    if essential is None or essential.shape != (3, 3):
        return None
    count, rotation, shift, _ = cv2.recoverPose(essential, a, b, camera, mask=inliers)
    if count < 40 or abs(float(shift[0, 0])) < 0.8:  # it moved ahead or up rather than aside
        return None
    if shift[0, 0] > 0:  # the second is on the left: change their parts
        return rectify(second, first, focal)
    turn_a, turn_b, project_a, project_b, *_ = cv2.stereoRectify(
        camera, np.zeros(5), camera, np.zeros(5), (width, height), rotation, shift, alpha=0
    )
    size = (width, height)
    maps = [
        cv2.initUndistortRectifyMap(camera, np.zeros(5), turn, project, size, cv2.CV_32FC1)
        for turn, project in ((turn_a, project_a), (turn_b, project_b))
    ]
    left = cv2.remap(first, *maps[0], cv2.INTER_AREA)
    right = cv2.remap(second, *maps[1], cv2.INTER_AREA)
    x, y = maps[0]
    known = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return Rectified(np.asarray(left, np.uint8), np.asarray(right, np.uint8), known)


def match(pair: Rectified) -> NDArray[np.float32]:
    """Disparity H×W in pixels, > 0 = known and larger = nearer; 0 = unknown."""

    def disparity(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> NDArray[np.float32]:
        # Room on the left, so that near things at the border find their place in the other one.
        wide = [cv2.copyMakeBorder(each, 0, 0, _RANGE, 0, cv2.BORDER_CONSTANT)
                for each in (left, right)]  # fmt: skip
        matcher = cv2.StereoSGBM.create(
            0, _RANGE, 5, 8 * 3 * 25, 32 * 3 * 25, 1, 0, 8, 100, 2, cv2.STEREO_SGBM_MODE_SGBM_3WAY
        )
        found = matcher.compute(*wide)[:, _RANGE:].astype(np.float32) / 16
        return np.asarray(found, np.float32)

    forth = disparity(pair.left, pair.right)
    flipped = [np.ascontiguousarray(each[:, ::-1]) for each in (pair.right, pair.left)]
    back = disparity(*flipped)[:, ::-1]
    rows, columns = np.indices(forth.shape)
    there = (columns - np.round(forth)).astype(int)
    inside = (forth > 0) & (there >= 0)
    answer = back[rows, there.clip(0, forth.shape[1] - 1)]
    sure = inside & pair.known & (np.abs(answer - forth) <= _AGREEMENT)
    return np.where(sure, forth, 0).astype(np.float32)


def read_focal(photo: Path, width: int, fallback: float) -> float:
    """The focal length in pixels of the full picture, from `PHOTO.camera` if there is one."""
    for folder in (photo.parent, photo.parent.parent / "gt_dense_cameras"):
        facts = folder / f"{photo.name}.camera"
        if facts.exists():
            return float(facts.read_text().split()[0])
    return fallback * width


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--focal", type=float, default=0.9)
    parser.add_argument("--first", type=int, default=0, help="number of the first pair")
    parser.add_argument("--step", type=int, default=1)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    cv2.setRNGSeed(1)
    args.out.mkdir(parents=True, exist_ok=True)
    photos = sorted(p for p in args.photos.iterdir() if p.suffix.lower() in (".jpg", ".png"))
    number = args.first
    for first, second in zip(photos, photos[args.step :], strict=False):
        pictures = [cv2.imread(str(path), cv2.IMREAD_COLOR) for path in (first, second)]
        if pictures[0] is None or pictures[1] is None or pictures[0].shape != pictures[1].shape:
            continue
        scale = _LONG_SIDE / max(pictures[0].shape[:2])
        focal = read_focal(first, pictures[0].shape[1], args.focal) * scale
        small = [cv2.resize(each, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
                 for each in pictures]  # fmt: skip
        pair = rectify(*small, focal)
        depth = None if pair is None else match(pair)
        share = 0.0 if depth is None else float((depth > 0).mean())
        print(f"{first.name} {second.name}: {share:.0%} known", flush=True)
        if pair is None or depth is None or share < _KNOWN:
            continue
        size = tuple(round(side * _SAVED / _LONG_SIDE) for side in depth.shape[::-1])
        photo = cv2.resize(pair.left, size, interpolation=cv2.INTER_AREA)
        label = cv2.resize(depth / depth.max() * 65535, size, interpolation=cv2.INTER_NEAREST)
        name = args.out / f"{number:04d}"
        cv2.imwrite(str(name.with_suffix(".jpg")), photo, [cv2.IMWRITE_JPEG_QUALITY, 92])
        cv2.imwrite(str(name.with_suffix(".png")), label.astype(np.uint16))
        number += 1


if __name__ == "__main__":
    main()
