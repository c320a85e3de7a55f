"""Judge depth weights on pair folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from amena.engine.networks.depth_net import DepthNet
from benchmarks.depth import score

_AREA = 288 * 384


def working_size(height: int, width: int, area: int = _AREA) -> tuple[int, int]:
    """(rows, columns) of about `area` pixels and the photo's aspect, multiples of 32."""
    scale = (area / (height * width)) ** 0.5
    return max(64, round(height * scale / 32) * 32), max(64, round(width * scale / 32) * 32)


@torch.inference_mode()
def predict(
    net: DepthNet, rgb: NDArray[np.uint8], device: torch.device, area: int = _AREA
) -> NDArray[np.float32]:
    """Disparity of one photo at its own size."""
    rows, columns = working_size(*rgb.shape[:2], area)
    small = cv2.resize(rgb, (columns, rows), interpolation=cv2.INTER_AREA)
    x = torch.from_numpy(small).to(device).permute(2, 0, 1)[None].float().sub_(127).div_(128)
    with torch.autocast(device.type, dtype=torch.bfloat16):
        y = net(x.to(memory_format=torch.channels_last))[0]
    return cv2.resize(y.float().cpu().numpy(), rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def evaluate_folders(
    net: DepthNet, data: Path, folders: dict[str, int], device: torch.device, limit: int = 25
) -> list[dict[str, Any]]:
    """Mean figures on each of `folders`, from the number that it names on."""
    rows = []
    for folder, start in folders.items():
        paths = [p for p in sorted((data / folder).glob("*.png")) if int(p.stem) >= start]
        paths = [paths[i] for i in np.linspace(0, len(paths) - 1, limit).astype(int)]
        scores = []
        for path in paths:
            bgr = cv2.imread(str(path.with_suffix(".jpg")), cv2.IMREAD_COLOR)
            truth = cv2.imread(str(path), cv2.IMREAD_UNCHANGED).astype(np.float32) / 65535
            scores.append(score(predict(net, cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), device), truth))
        row: dict[str, Any] = {"folder": folder}
        for name in ("absrel", "delta1", "ordinal", "ordinal_row", "edge"):
            row[name] = round(float(np.nanmean([getattr(s, name) for s in scores])), 4)
        rows.append(row)
    return rows
