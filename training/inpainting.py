"""Train the inpainting network.

    python -m training.inpainting --data DIR --out RUN [--steps N] [--adversarial WEIGHT]

`DIR` holds photos with label maps, as `training.inpainting_masks` writes them; `RUN` receives the
checkpoint, the log (JSON lines) and the averaged weights. Started again with the same `RUN`, a
training continues where its last checkpoint stands.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from amena.engine.networks.inpaint_net import InpaintNet
from training.inpainting_data import Batch, HoleSampler
from training.inpainting_losses import (
    EarlyFeatures,
    PatchCritic,
    colour_distance,
    feature_distance,
    style_distance,
)
from training.precision import mixed
from training.run_log import log_row

_CHECKPOINT_EVERY = 200
_LOG_EVERY = 50
_WARM_UP = 100
_LOSS = {"fine": 2.0, "coarse": 4.0, "feature": 0.25, "style": 0.4}


@dataclass(frozen=True)
class Recipe:
    """What a training is made of.

    Attributes:
        steps: optimiser steps.
        size: sides of the crops, pixels.
        count: crops of a batch.
        rate: learning rate after the warm-up; cosine decay to 2 %.
        average: decay of the averaged weights.
        adversarial: weight of the critic's verdict; 0 = no critic.
    """

    steps: int = 6000
    size: int = 128
    count: int = 8
    rate: float = 1.5e-3
    average: float = 0.998
    adversarial: float = 0.0


@dataclass(frozen=True)
class _Tensors:
    """A batch on the device; colours in [-1, 1], all N×C×H×W."""

    truth: Tensor
    colour: Tensor
    smooth: Tensor
    detail: Tensor
    masks: Tensor
    weight: Tensor

    @property
    def hole(self) -> Tensor:
        return self.masks[:, :1]


class Trainer:
    """Network, its average, critic, optimisers and the step: all that a checkpoint holds."""

    def __init__(
        self, recipe: Recipe, device: torch.device, seed: int, start: Path | None = None
    ) -> None:
        torch.manual_seed(seed)
        self.recipe, self.device = recipe, device
        net = InpaintNet()
        if start is not None:
            net.load_state_dict({k: v.float() for k, v in load_file(start).items()})
        self.net = net.to(device, memory_format=torch.channels_last)
        self.critic = PatchCritic().to(device, memory_format=torch.channels_last)
        self.features = EarlyFeatures().to(device, memory_format=torch.channels_last)
        self.average = {k: v.detach().clone() for k, v in self.net.state_dict().items()}
        self.optimiser = torch.optim.AdamW(self.net.parameters(), weight_decay=0.001)
        self.critic_optimiser = torch.optim.AdamW(
            self.critic.parameters(), lr=4e-4, betas=(0.5, 0.99)
        )
        self.step = 0

    def train_on(self, batch: Batch) -> dict[str, float]:
        """One step. Returns the parts of the loss."""
        self._set_rate()
        x = _to_tensors(batch, self.device)
        with mixed(self.device):
            output = self.net(x.colour, x.smooth, x.detail, x.masks)
            # Around the hole the photo itself, so that seams count.
            completed = torch.where(x.hole > 0, output.clamp(-1.2, 1.2), x.truth)
            found, wanted = self.features(completed), self.features(x.truth)
        fine, coarse = colour_distance(output, x.truth, x.weight)
        parts = {
            "fine": fine,
            "coarse": coarse,
            "feature": feature_distance(found, wanted, x.weight),
            "style": style_distance(found, wanted, x.weight),
        }
        loss = torch.stack([_LOSS[name] * part for name, part in parts.items()]).sum()
        if self.recipe.adversarial:
            parts["critic"] = self._train_critic(completed.detach(), x)
            parts["realism"] = -_patch_mean(self._judge(completed, x.hole), x.weight)
            loss = loss + self.recipe.adversarial * parts["realism"]
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimiser.step()
        self._update_average()
        self.step += 1
        return {name: part.item() for name, part in parts.items()}

    def _judge(self, rgb: Tensor, hole: Tensor) -> Tensor:
        with mixed(self.device):
            verdict: Tensor = self.critic(rgb, hole)
        return verdict

    def _train_critic(self, completed: Tensor, x: _Tensors) -> Tensor:
        fake, real = self._judge(completed, x.hole), self._judge(x.truth, x.hole)
        loss = _patch_mean(F.relu(1 + fake) + F.relu(1 - real), x.weight)
        self.critic_optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.critic_optimiser.step()
        return loss.detach()

    def _set_rate(self) -> None:
        warm = min(1.0, (self.step + 1) / _WARM_UP)
        cosine = 0.5 * (1 + math.cos(math.pi * self.step / self.recipe.steps))
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate * warm * (0.02 + 0.98 * cosine)

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(self.recipe.average, (1 + self.step) / (10 + self.step))
        for name, value in self.net.state_dict().items():
            self.average[name].lerp_(value, 1 - decay)

    def save(self, out: Path) -> None:
        """Write checkpoint and weights; a crash while writing leaves the last ones whole."""
        state = {
            "net": self.net.state_dict(),
            "critic": self.critic.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "critic_optimiser": self.critic_optimiser.state_dict(),
            "step": self.step,
        }
        torch.save(state, out / "checkpoint.new")
        (out / "checkpoint.new").replace(out / "checkpoint.pt")
        half = {k: v.half().contiguous() for k, v in self.average.items()}
        save_file(half, out / "inpainting.new")
        (out / "inpainting.new").replace(out / "inpainting.safetensors")

    def resume(self, path: Path) -> None:
        """Continue from the checkpoint at `path`."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.critic.load_state_dict(state["critic"])
        self.average = state["average"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.critic_optimiser.load_state_dict(state["critic_optimiser"])
        self.step = state["step"]


def _patch_mean(verdict: Tensor, weight: Tensor) -> Tensor:
    share = F.adaptive_avg_pool2d(weight, verdict.shape[-2:])
    return (verdict * share).sum() / share.sum().clamp_min(1e-3)


def _to_tensors(batch: Batch, device: torch.device) -> _Tensors:
    def image(x: NDArray[Any]) -> Tensor:
        return torch.from_numpy(x).to(device).permute(0, 3, 1, 2).float()

    masks = torch.stack([torch.from_numpy(m).to(device) for m in (batch.hole, batch.known)], 1)
    truth = image(batch.rgb).sub_(127.5).div_(127.5)
    return _Tensors(
        truth=truth,
        colour=truth * masks[:, 1:],
        smooth=image(batch.smooth).sub_(127.5).div_(127.5),
        detail=image(batch.detail).div_(127.5),
        masks=masks.float(),
        weight=torch.from_numpy(batch.weight).to(device)[:, None],
    )


def _prefetch(sampler: HoleSampler, start: int, end: int) -> Iterator[Batch]:
    """Batches `start` … `end`-1, the next one made while the last one is trained on."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        ahead = pool.submit(sampler.batch, start)
        for step in range(start, end):
            batch = ahead.result()
            if step + 1 < end:
                ahead = pool.submit(sampler.batch, step + 1)
            yield batch


def train(
    data: Path,
    names: list[str],
    out: Path,
    recipe: Recipe,
    device: torch.device,
    seed: int,
    start: Path | None = None,
) -> None:
    """Train to the end of the recipe on the photos `names` of the folder `data`."""
    out.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(recipe, device, seed, start)
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        trainer.resume(checkpoint)
    sampler = HoleSampler(data, names, recipe.size, recipe.count, seed)
    rows: list[dict[str, float]] = []
    began = time.monotonic()
    for batch in _prefetch(sampler, trainer.step, recipe.steps):
        rows.append(trainer.train_on(batch))
        if trainer.step % _LOG_EVERY == 0:
            means = {k: round(float(np.mean([r[k] for r in rows])), 4) for k in rows[0]}
            seconds = round((time.monotonic() - began) / len(rows), 3)
            log_row(out, {"step": trainer.step, "seconds": seconds, **means})
            rows, began = [], time.monotonic()
        if trainer.step % _CHECKPOINT_EVERY == 0 or trainer.step == recipe.steps:
            trainer.save(out)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of photos and label maps")
    parser.add_argument("--out", type=Path, required=True, help="run folder")
    parser.add_argument("--leave-out", nargs="*", default=(), help="name patterns to hold out")
    parser.add_argument("--start", type=Path, help="weights to start from")
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    parser.add_argument("--rate", type=float, default=Recipe.rate)
    parser.add_argument("--adversarial", type=float, default=Recipe.adversarial)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    recipe = Recipe(steps=args.steps, rate=args.rate, adversarial=args.adversarial)
    names = [
        path.stem
        for path in sorted(args.data.glob("*.png"))
        if not any(path.match(pattern) for pattern in args.leave_out)
    ]
    train(args.data, names, args.out, recipe, torch.device(args.device), args.seed, args.start)


if __name__ == "__main__":
    main()
