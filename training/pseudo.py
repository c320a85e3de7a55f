"""Label photos with a trained network, and sharpen the labels with masks of their subjects.

    python -m training.pseudo --weights FILE --photos DIR --out DIR [--masks DIR] [--teacher DIR]

`--photos` is a folder of `NAME.jpg`. Small inputs, of the photo and of its mirror image, give the
layout of each; a large input gives the detail. `--masks` (`NAME.png`, 255 = subject)
gives the subject a crisp outline; photos without a trustworthy mask are then left out, or the only
ones kept with `--unmasked`. `--teacher` (`NAME.png`, 8-bit disparity of another network) is
averaged in where both agree on the order of depth.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchmarks.depth import align, score
from training.evaluate import predict, read_network

Array = NDArray[np.float32]
_LAYOUT, _DETAIL = 0.75, 1.5  # times the usual working size
_REACH = 0.03  # of what counts as detail, of the long side
_LEAD = 0.4  # of a subject over its surroundings, in standard deviations of the disparity
_AGREEMENT = 0.15  # ordinal error between network and teacher below which they are averaged


def label(net: nn.Module, rgb: NDArray[np.uint8], device: torch.device) -> Array:
    """Disparity H×W, median 0, deviation about 1.

    A small picture tells the layout, a large one the edges (compare Miangoleh et al. 2021).
    """
    mirrored = np.ascontiguousarray(rgb[:, ::-1])
    layout = _standard(predict(net, rgb, device, _LAYOUT))
    layout += _standard(predict(net, mirrored, device, _LAYOUT)[:, ::-1])
    fine = _standard(predict(net, rgb, device, _DETAIL))
    smooth = cv2.GaussianBlur(layout / 2 - fine, (0, 0), _REACH * max(fine.shape))
    return np.asarray(fine + smooth, np.float32)


def _standard(disparity: Array) -> Array:
    centred = disparity - np.median(disparity)
    return (centred / max(float(np.abs(centred).mean()), 1e-6)).astype(np.float32)


def trustworthy(mask: NDArray[np.uint8]) -> bool:
    """Whether a mask (uint8 H×W) shows one clear subject: not tiny, not huge, hardly grey."""
    share = (mask > 127).mean()
    vague = ((mask > 40) & (mask < 215)).mean()
    return bool(0.03 < share < 0.7 and vague < 0.25 * share)


def refine(disparity: Array, mask: NDArray[np.uint8]) -> Array | None:
    """Move the depth edge around the subject onto the outline of `mask`.

    Near the outline the network's depth is a blend of subject and background. Both sides are
    therefore continued from where they are sure, each pixel from the nearest such one (which,
    unlike extrapolation, overshoots nowhere), and joined by the mask.

    A subject hides what is behind it. Where the network does not see it stand out enough from what
    surrounds its upper part, the whole subject is moved nearer.

    Returns None where subject or background leaves no room to be sure.
    """
    reach = max(3, round(max(mask.shape) / 55))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    subject = (mask > 127).astype(np.uint8)
    inside = cv2.erode(subject, kernel, borderValue=1) > 0
    outside = cv2.dilate(subject, kernel, borderValue=0) == 0
    if inside.mean() < 0.01 or outside.mean() < 0.05:
        return None
    near, far = _continue(disparity, inside, reach), _continue(disparity, outside, reach)
    # The ground at the subject's foot is as near as the subject: look at its upper part alone.
    rows = np.nonzero(subject.any(axis=1))[0]
    upper = np.arange(mask.shape[0])[:, None] < rows[0] + 0.6 * (rows[-1] - rows[0])
    rim = (cv2.dilate(subject, kernel) > 0) & ~inside & upper
    lead = float(np.median(near[rim] - far[rim]))
    near = near + max(0.0, _LEAD * float(disparity.std()) - lead)
    return np.where(subject > 0, near, far).astype(np.float32)


def _continue(values: Array, known: NDArray[np.bool_], reach: int) -> Array:
    """`values` where `known`; elsewhere those of the nearest known pixel, smoothed."""
    _, nearest = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros(int(nearest.max()) + 1, np.float32)
    table[nearest[known]] = values[known]
    filled = table[nearest]
    smooth = cv2.GaussianBlur(filled, (0, 0), reach / 2)
    return np.where(known, values, smooth).astype(np.float32)


def to_png(disparity: Array) -> NDArray[np.uint16]:
    """Any disparity → 16-bit label, where 0 would mean unknown."""
    low, high = np.percentile(disparity, (0.1, 99.9))
    scaled = (disparity - low) / max(float(high - low), 1e-6)
    return (scaled.clip(0, 1) * 65_000 + 500).astype(np.uint16)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--masks", type=Path)
    parser.add_argument(
        "--unmasked", action="store_true", help="only photos without a trustworthy mask"
    )
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--until", type=int, default=10**9, help="only photos before this number")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    args = parser.parse_args()
    device = torch.device(args.device)
    net = read_network(args.weights, device)
    args.out.mkdir(parents=True, exist_ok=True)
    kept = 0
    for path in sorted(args.photos.glob("*.jpg")):
        if int(path.stem) >= args.until:
            continue
        disparity = label_photo(net, path, args.masks, args.teacher, args.unmasked, device)
        if disparity is not None:
            kept += 1
            (args.out / path.name).write_bytes(path.read_bytes())
            cv2.imwrite(str(args.out / f"{path.stem}.png"), to_png(disparity))
    print(f"{kept} photos labelled in {args.out}")


def label_photo(
    net: nn.Module,
    path: Path,
    masks: Path | None,
    teacher: Path | None,
    unmasked: bool,
    device: torch.device,
) -> Array | None:
    """The label of one photo; None where its mask is missing or of no use, or, with `unmasked`,
    where it is of use.
    """
    mask = None
    if masks is not None:
        mask = cv2.imread(str(masks / f"{path.stem}.png"), cv2.IMREAD_GRAYSCALE)
        useful = mask is not None and trustworthy(np.asarray(mask, np.uint8))
        if useful is unmasked:
            return None
        mask = mask if useful else None
    photo = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if photo is None:
        raise ValueError(f"Cannot read {path}.")
    disparity = label(net, np.asarray(cv2.cvtColor(photo, cv2.COLOR_BGR2RGB), np.uint8), device)
    if teacher is not None:
        other = cv2.imread(str(teacher / f"{path.stem}.png"), cv2.IMREAD_GRAYSCALE)
        if other is not None:
            positive = disparity - disparity.min() + 1
            if score(other.astype(np.float32), positive).ordinal < _AGREEMENT:
                disparity = (
                    disparity + align(other.astype(np.float32), positive) + disparity.min() - 1
                ) / 2
    return disparity if mask is None else refine(disparity, np.asarray(mask, np.uint8))


if __name__ == "__main__":
    main()
