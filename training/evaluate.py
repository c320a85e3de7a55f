"""Judge depth weights: a table on pair folders, a contact sheet on photos.

    python -m training.evaluate --weights FILE [--network NAME] [--data DIR FOLDER[:FIRST] …]
                                [--photos DIR --sheet OUT]

`FOLDER` is a pair folder below `--data`, judged from the number `FIRST` on. The sheet shows photos
of `--photos` (spread evenly) with their disparity.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import nn

from amena.engine.depth.base import DepthEstimator
from amena.engine.depth.compact import CompactDepth, to_input, working_size
from amena.engine.networks.depth_net import DepthNet
from amena.engine.types import Photo
from benchmarks.depth import read_pair, score
from training.plain_net import PlainNet
from training.precision import mixed

NETWORKS: dict[str, type[DepthNet] | type[PlainNet]] = {"compact": DepthNet, "plain": PlainNet}
Array = NDArray[np.float32]
_TILE = (216, 162)


@torch.inference_mode()
def predict(
    net: nn.Module, rgb: NDArray[np.uint8], device: torch.device, enlarge: float = 1.0
) -> Array:
    """Disparity at the photo's size; the network sees it `enlarge` times its usual size."""
    size = working_size(rgb.shape[1], rgb.shape[0], enlarge)
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    batch = to_input(torch.from_numpy(small).to(device)[None])
    with mixed(device):
        disparity = net(batch)[0].float().cpu().numpy()
    return np.asarray(
        cv2.resize(disparity, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32
    )


def evaluate_folder(
    net: nn.Module, folder: Path, first: int, limit: int, device: torch.device
) -> dict[str, Any]:
    """Mean figures over `limit` pairs of `folder`, spread evenly from the number `first` on."""
    paths = [path for path in sorted(folder.glob("*.png")) if int(path.stem) >= first]
    count = min(limit, len(paths))
    chosen = [paths[i] for i in np.linspace(0, len(paths) - 1, count).round().astype(int)]
    scores = []
    for path in chosen:
        rgb, truth = read_pair(path)
        scores.append(asdict(score(predict(net, rgb, device), truth)))
    means = {name: float(np.nanmean([row[name] for row in scores])) for name in scores[0]}
    return {"folder": folder.name, **{name: round(mean, 4) for name, mean in means.items()}}


def evaluate_folders(
    net: nn.Module, data: Path, folders: dict[str, int], device: torch.device, limit: int = 25
) -> list[dict[str, Any]]:
    """One row of mean figures for each of `folders` (name → first number)."""
    return [
        evaluate_folder(net, data / folder, first, limit, device)
        for folder, first in folders.items()
    ]


def draw_sheet(estimator: DepthEstimator, photos: Sequence[Path], out: Path) -> None:
    """Draw photos above their disparity (bright = near), six in a row."""
    tiles = []
    for path in photos:
        bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if bgr is None:
            raise ValueError(f"Cannot read {path}.")
        rgb = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
        disparity = estimator.estimate(Photo(rgb, (rgb.shape[1], rgb.shape[0]), "JPEG")).values
        tiles.append(np.vstack([_fit(np.asarray(bgr)), _fit(colour_disparity(disparity))]))
    blank = np.zeros_like(tiles[0])
    tiles += [blank] * (-len(tiles) % 6)
    sheet = np.vstack([np.hstack(tiles[i : i + 6]) for i in range(0, len(tiles), 6)])
    cv2.imwrite(str(out), sheet, [cv2.IMWRITE_JPEG_QUALITY, 85])


def colour_disparity(disparity: Array) -> NDArray[np.uint8]:
    """Any disparity → colours (BGR), from dark violet (far) to yellow (near)."""
    low, high = np.percentile(disparity, (0.5, 99.5))
    grey = ((disparity - low) / max(float(high - low), 1e-6)).clip(0, 1) * 255
    return np.asarray(cv2.applyColorMap(grey.astype(np.uint8), cv2.COLORMAP_INFERNO), np.uint8)


def _fit(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`picture` as large as fits a tile, on black."""
    scale = min(_TILE[0] / picture.shape[1], _TILE[1] / picture.shape[0])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.zeros((_TILE[1], _TILE[0], 3), np.uint8)
    top, left = (_TILE[1] - small.shape[0]) // 2, (_TILE[0] - small.shape[1]) // 2
    tile[top : top + small.shape[0], left : left + small.shape[1]] = small
    return tile


def read_network(path: Path, device: torch.device, network: str = "compact") -> nn.Module:
    """The network (a name of `NETWORKS`) with the weights of a run."""
    net = NETWORKS[network]()
    net.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
    return net.to(device).to(memory_format=torch.channels_last).eval()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--network", default="compact", choices=sorted(NETWORKS))
    parser.add_argument("--data", type=Path)
    parser.add_argument("folders", nargs="*", metavar="FOLDER[:FIRST]")
    parser.add_argument("--limit", type=int, default=40, help="pairs of each folder")
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--count", type=int, default=36, help="photos on the sheet")
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    args = parser.parse_args()
    device = torch.device(args.device)
    net = read_network(args.weights, device, args.network)
    for folder in args.folders:
        name, _, first = folder.partition(":")
        row = evaluate_folder(net, args.data / name, int(first or 0), args.limit, device)
        print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)
    if args.sheet is not None:
        paths = sorted(args.photos.glob("*.jpg"))
        chosen = np.linspace(0, len(paths) - 1, min(args.count, len(paths))).round().astype(int)
        draw_sheet(CompactDepth(device, args.weights), [paths[i] for i in chosen], args.sheet)


if __name__ == "__main__":
    main()
