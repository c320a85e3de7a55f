"""Train the compact depth network.

    python -m training.depth --data DIR --out RUN [--recipe training/depth.toml] [--stage NAME]

`DIR` holds the pair folders that the recipe names, `RUN` receives checkpoints, the log (JSON
lines), the curves and the averaged weights. Started again with the same `RUN`, a training continues
where its last checkpoint stands.
"""

from __future__ import annotations

import argparse
import math
import time
import tomllib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from training.backbone import load_imagenet
from training.curves import draw_curves
from training.data import Batch, BatchSampler, Source
from training.evaluate import NETWORKS, evaluate_folders
from training.losses import depth_loss
from training.precision import keep_depthwise_in_float32, mixed
from training.run_log import log_row
from training.statistics import recalibrate

_CHECKPOINT_EVERY = 50
_WARM_UP = 60
_STRIDE = 32  # the network halves its input five times
_CALIBRATION_BATCHES = 30


@dataclass(frozen=True)
class Stage:
    """One stage of a recipe.

    Attributes:
        network: a name of `training.evaluate.NETWORKS`.
        steps: optimiser steps.
        encoder_rate, decoder_rate: learning rates after the warm-up; cosine decay to 2 %.
        shapes: (rows, columns) of the batches, drawn at random; the first is the measure of cost.
        sources: the mix.
        frozen_stages: the encoder's stem and so many of its stages keep their ImageNet weights.
        loss: weight of each part of the loss.
        average: decay of the averaged weights.
        validate_every: steps between validations.
        validation: pair folders, relative to the data folder, with the number they start from.
    """

    network: str
    steps: int
    encoder_rate: float
    decoder_rate: float
    shapes: tuple[tuple[int, int], ...]
    sources: tuple[Source, ...]
    frozen_stages: int
    loss: dict[str, float]
    average: float
    validate_every: int
    validation: dict[str, int]


def read_stage(recipe: Path, name: str) -> Stage:
    """The stage `name` of the TOML file `recipe`; its top level holds the defaults."""
    table = tomllib.loads(recipe.read_text())
    stages = table.pop("stage")
    if name not in stages:
        raise SystemExit(f"{recipe} has no stage {name!r}; it has {', '.join(stages)}.")
    fields: dict[str, Any] = {**table, **stages[name]}
    fields["sources"] = tuple(Source(**source) for source in fields["sources"])
    fields["shapes"] = tuple(tuple(shape) for shape in fields["shapes"])
    if any(side % _STRIDE for shape in fields["shapes"] for side in shape):
        raise SystemExit(f"{recipe}: the sides of shapes must be multiples of {_STRIDE}.")
    return Stage(**fields)


class Trainer:
    """The network, its average, the optimiser and the step: all that a checkpoint holds."""

    def __init__(self, stage: Stage, device: torch.device, seed: int, start: Path | None) -> None:
        torch.manual_seed(seed)
        self.stage = stage
        self.device = device
        net = NETWORKS[stage.network]()
        if start is None:
            load_imagenet(net.encoder)
        else:
            net.load_state_dict({k: v.float() for k, v in load_file(start).items()}, strict=True)
        self.net = net.to(device, memory_format=torch.channels_last)
        if device.type == "cpu":
            keep_depthwise_in_float32(self.net)
        self.average = {k: v.detach().clone() for k, v in self.net.state_dict().items()}
        for module in (self.net.encoder.stem, *self.net.encoder.stages[: stage.frozen_stages]):
            module.requires_grad_(False)
        encoder = [p for p in self.net.encoder.parameters() if p.requires_grad]
        known = {id(p) for p in encoder}
        decoder = [p for p in self.net.parameters() if p.requires_grad and id(p) not in known]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": encoder, "peak": stage.encoder_rate},
                {"params": decoder, "peak": stage.decoder_rate},
            ],
            weight_decay=0.01,
        )
        self.step = 0

    def _set_rates(self) -> None:
        warm = min(1.0, (self.step + 1) / _WARM_UP)
        cosine = 0.5 * (1 + math.cos(math.pi * self.step / self.stage.steps))
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * warm * (0.02 + 0.98 * cosine)

    def train_on(self, batch: Batch) -> dict[str, float]:
        """One step. Returns the parts of the loss, averaged over the batch."""
        self._set_rates()
        self.net.train()
        freeze_statistics(self.net.encoder)
        rgb = to_input(batch.rgb, self.device)
        with mixed(self.device):
            prediction = self.net(rgb)
        parts = depth_loss(
            prediction,
            torch.from_numpy(batch.target).to(self.device),
            torch.from_numpy(batch.exact).to(self.device),
        )
        parts["gradient"] = parts["gradient"] * torch.from_numpy(batch.edges).to(self.device)
        weight = torch.from_numpy(batch.weight).to(self.device)
        means = {name: (part * weight).sum() / weight.sum() for name, part in parts.items()}
        loss = torch.stack([self.stage.loss[name] * mean for name, mean in means.items()]).sum()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimiser.step()
        self._update_average()
        self.step += 1
        return {name: mean.item() for name, mean in means.items()} | {"norm": norm.item()}

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(self.stage.average, (1 + self.step) / (10 + self.step))
        for name, value in self.net.state_dict().items():
            if value.is_floating_point():
                self.average[name].lerp_(value, 1 - decay)

    def averaged(self, batches: Iterable[Batch]) -> nn.Module:
        """A copy of the network with the averaged weights, ready for inference.

        The decoder's statistics are measured on `batches`; the encoder's are ImageNet's.
        """
        net = NETWORKS[self.stage.network]()
        net.load_state_dict(self.average)
        net.to(self.device, memory_format=torch.channels_last)
        inputs = (to_input(batch.rgb, self.device) for batch in batches)
        recalibrate(net.refine, net, inputs)
        return net

    def save(self, path: Path) -> None:
        """Write a checkpoint; a crash while writing leaves the last one whole."""
        state = {
            "net": self.net.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "random": torch.get_rng_state(),
        }
        torch.save(state, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    def resume(self, path: Path) -> None:
        """Continue from the checkpoint at `path`."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.average = state["average"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]
        torch.set_rng_state(state["random"].cpu())


def freeze_statistics(module: nn.Module) -> None:
    """Keep the batch-norm statistics of `module` as they are: batches of 8 are too small for new
    ones.
    """
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.eval()


def to_input(rgb: np.ndarray[Any, np.dtype[np.uint8]], device: torch.device) -> Tensor:
    """uint8 N×H×W×3 → float N×3×H×W in [-1, 1], channels last."""
    return torch.from_numpy(rgb).to(device).permute(0, 3, 1, 2).float().sub_(127).div_(128)


def prefetch(sampler: BatchSampler, start: int, end: int) -> Iterator[Batch]:
    """Batches `start` … `end`-1, the next one made while the last one is trained on."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        ahead = pool.submit(sampler.batch, start)
        for step in range(start, end):
            batch = ahead.result()
            if step + 1 < end:
                ahead = pool.submit(sampler.batch, step + 1)
            yield batch


def train(
    data: Path, out: Path, stage: Stage, device: torch.device, seed: int, start: Path | None
) -> None:
    """Train one stage to its end."""
    out.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(stage, device, seed, start)
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        trainer.resume(checkpoint)
    sampler = BatchSampler(data, stage.sources, stage.shapes, seed)
    sums: dict[str, float] = {}
    began = time.monotonic()
    for batch in prefetch(sampler, trainer.step, stage.steps):
        for name, value in trainer.train_on(batch).items():
            sums[name] = sums.get(name, 0.0) + value / 50
        if trainer.step % 50 == 0:
            seconds = (time.monotonic() - began) / 50
            log_row(out, {"step": trainer.step, "seconds": round(seconds, 3), **_rounded(sums)})
            sums, began = {}, time.monotonic()
        if trainer.step % _CHECKPOINT_EVERY == 0 or trainer.step == stage.steps:
            trainer.save(checkpoint)
        if trainer.step % stage.validate_every == 0 or trainer.step == stage.steps:
            average = trainer.averaged(sampler.batch(k) for k in range(_CALIBRATION_BATCHES))
            save_file(compact(average.state_dict()), out / "depth.safetensors")
            for row in evaluate_folders(average, data, stage.validation, device):
                log_row(out, {"step": trainer.step, **row})
            draw_curves(out / "log.jsonl", out / "curves.png")
            began = time.monotonic()


def compact(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Filters in float16; the rest, a hundredth of the file, includes variances beyond its range
    and stays in float32.
    """
    return {
        name: (value.half() if value.ndim > 1 else value).contiguous()
        for name, value in state.items()
        if value.ndim
    }


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the pair folders")
    parser.add_argument("--out", type=Path, required=True, help="run folder")
    parser.add_argument("--recipe", type=Path, default=Path(__file__).with_name("depth.toml"))
    parser.add_argument("--stage", default="base", help="stage of the recipe")
    parser.add_argument("--start", type=Path, help="weights to start from (default: ImageNet)")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    stage = read_stage(args.recipe, args.stage)
    train(args.data, args.out, stage, torch.device(args.device), args.seed, args.start)


if __name__ == "__main__":
    main()
