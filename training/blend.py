"""Weights between those of two trainings.

    python -m training.blend FIRST SECOND --share S --out FILE

Where SECOND was trained on from FIRST, weights on the way between them often keep what FIRST knew
and have most of what SECOND learned (Wortsman et al. 2022). `--share` is SECOND's.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from training.depth import compact


def blend(
    first: dict[str, torch.Tensor], second: dict[str, torch.Tensor], share: float
) -> dict[str, torch.Tensor]:
    """first × (1 − share) + second × share, in the precision of weights that ship.

    Raises:
        ValueError: they are of different networks.
    """
    if {k: v.shape for k, v in first.items()} != {k: v.shape for k, v in second.items()}:
        raise ValueError("The weights are of different networks.")
    return compact({k: first[k].float().lerp(second[k].float(), share) for k in first})


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--share", type=float, default=0.5)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    save_file(blend(load_file(args.first), load_file(args.second), args.share), args.out)


if __name__ == "__main__":
    main()
