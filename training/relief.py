"""Train the relief head: does a picture show depth, or is it flat?

    python -m training.relief --weights DEPTH --flat DIR --deep DIR [DIR …] --out relief.safetensors
        [--held-flat DIR] [--held-deep DIR …]

The head is logistic regression on pooled features of the depth network's encoder, whose weights
(DEPTH) stay as they are: with new depth weights it must be trained again. `--flat` and `--deep` are
folders of photos (`*.jpg`, evenly drawn, `--most` of each); `--held-…` are judged only.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch.nn import functional

from amena.engine.depth.compact import LAYOUT, to_input, working_size
from amena.engine.networks.depth_net import DepthNet
from amena.engine.networks.relief import ReliefHead, pooled
from training.augment import augment_colour
from training.evaluate import read_network

_DECAY = 1e-2


@torch.inference_mode()
def features_of(net: DepthNet, rgb: NDArray[np.uint8]) -> torch.Tensor:
    """Pooled features of one photo (uint8 H×W×3), from the estimator's small input."""
    size = working_size(rgb.shape[1], rgb.shape[0], LAYOUT)
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return pooled(net.encoder(to_input(torch.from_numpy(small)[None])))[0]


def features_in(net: DepthNet, folder: Path, most: int, seed: int | None) -> torch.Tensor:
    """Features of `most` photos of a folder, spread evenly; with a seed, augmented."""
    paths = sorted(folder.glob("*.jpg"))
    chosen = np.linspace(0, len(paths) - 1, min(most, len(paths))).round().astype(int)
    rows = []
    for index in chosen:
        photo = cv2.imread(str(paths[index]), cv2.IMREAD_COLOR)
        rgb = np.asarray(cv2.cvtColor(photo, cv2.COLOR_BGR2RGB), np.uint8)
        if seed is not None:
            rgb = augment_colour(rgb, np.random.default_rng((seed, int(index))))
        rows.append(features_of(net, rgb))
    return torch.stack(rows)


def fit(flat: torch.Tensor, deep: torch.Tensor) -> ReliefHead:
    """The head that tells both sets of features (N×C each) apart; both count the same."""
    inputs = torch.cat([flat, deep])
    mean, deviation = inputs.mean(dim=0), inputs.std(dim=0).clamp_min(1e-3)
    normal = (inputs - mean) / deviation
    labels = torch.cat([torch.zeros(len(flat)), torch.ones(len(deep))])
    weights = torch.cat([torch.full((len(each),), 0.5 / len(each)) for each in (flat, deep)])
    slope = torch.zeros(inputs.shape[1], requires_grad=True)
    offset = torch.zeros((), requires_grad=True)
    optimiser = torch.optim.LBFGS([slope, offset], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        logits = normal @ slope + offset
        cost = functional.binary_cross_entropy_with_logits(logits, labels, weights, reduction="sum")
        cost = cost + _DECAY * slope.square().sum()
        cost.backward()
        return cost

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    head = ReliefHead()
    with torch.no_grad():
        head.linear.weight.copy_((slope / deviation)[None])
        head.linear.bias.copy_(offset - (slope / deviation * mean).sum())
    return head


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--flat", type=Path, nargs="+", required=True)
    parser.add_argument("--deep", type=Path, nargs="+", required=True)
    parser.add_argument("--held-flat", type=Path, nargs="*", default=[])
    parser.add_argument("--held-deep", type=Path, nargs="*", default=[])
    parser.add_argument("--most", type=int, default=300, help="photos of each folder")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    net = read_network(args.weights, torch.device("cpu"))
    assert isinstance(net, DepthNet)  # noqa: S101
    flat, deep = (
        torch.cat([features_in(net, folder, args.most, 1) for folder in folders])
        for folders in (args.flat, args.deep)
    )
    head = fit(flat, deep)
    save_file({k: v.contiguous() for k, v in head.state_dict().items()}, args.out)
    for folder in (*args.held_flat, *args.held_deep):
        with torch.inference_mode():
            relief = head(features_in(net, folder, args.most, None))
        few, many = (float(torch.quantile(relief, share)) for share in (0.02, 0.98))
        print(f"{folder.name}: relief {few:.2f} … {many:.2f}, mean {relief.mean():.3f}, "
              f"below 0.5: {float((relief < 0.5).float().mean()):.1%}")  # fmt: skip


if __name__ == "__main__":
    main()
