"""Depth from the network that ships with the package."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch

from amena.engine.networks.depth_net import DepthNet
from amena.engine.networks.relief import ReliefHead, pooled
from amena.engine.networks.weights import WEIGHTS, fold_batch_norms, load_weights
from amena.engine.types import ByteImage, Disparity, FloatImage, Photo

_STRIDE = 32  # the network halves its input five times
_AREA = 288 * 384  # pixels of the network's input, whatever the photo's shape
LAYOUT, _MIDDLE, _DETAIL = 0.67, 1.0, 1.4  # sides of the three scales, times those of `_AREA`
_FLATTEST = 0.08  # of the range of disparity, for a page or a poster
#: Where the network expects a picture's white level, and how much brighter a dark one is made.
_WHITE, _BRIGHTER = 220.0, 4.0
_REACH = 0.03  # of what counts as detail, of the long side


class CompactDepth:
    """`DepthNet` and `ReliefHead` with the packaged weights.

    Deterministic. One photo at a time; the network lies on `device` from construction on.
    """

    name = "compact"

    def __init__(
        self, device: torch.device, weights: Path | None = None, relief: Path | None = None
    ) -> None:
        """Load `weights` and those of the `relief` head (the package's own by default).

        Raises:
            WeightsError: the file is missing or damaged.
        """
        net = DepthNet()
        load_weights(net, weights or WEIGHTS / "depth.safetensors")
        net.eval()
        fold_batch_norms(net)
        self._device = device
        self._net = net.to(device).to(memory_format=torch.channels_last)
        head = ReliefHead()
        load_weights(head, relief or WEIGHTS / "relief.safetensors")
        self._relief = head.to(device).eval()

    def estimate(self, photo: Photo) -> Disparity:
        """Disparity at the photo's size; the farthest pixel is 0, the nearest 1.

        Where the picture is flat, like a page or a poster, the whole map lies near 0.5.

        Multi-scale inference: small inputs know better what lies in front of what, a large one
        where the edges are (compare Miangoleh et al. 2021). The smooth part is the mean of what
        the small ones see, the rest comes from the large one.
        """
        width, height = photo.size
        size = working_size(width, height, _DETAIL)
        detail, _ = self._look(photo.rgb, size)
        layout, relief = self._layout(photo.rgb, size)
        values = detail + cv2.GaussianBlur(layout - detail, (0, 0), _REACH * max(size))
        low, high = float(values.min()), float(values.max())
        values = (values - low) / max(high - low, 1e-6)
        values = 0.5 + (values - 0.5) * (_FLATTEST + (1 - _FLATTEST) * relief)
        values = cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)
        return Disparity(np.asarray(values, np.float32), self.name)

    def _layout(self, rgb: ByteImage, size: tuple[int, int]) -> tuple[FloatImage, float]:
        """What lies in front of what, at `size` (columns, rows), and the relief.

        One of the smallest inputs is mirrored, so that errors which depend on the side are not
        made twice.
        """
        height, width = rgb.shape[:2]
        small, middle = (working_size(width, height, scale) for scale in (LAYOUT, _MIDDLE))
        mirrored, relief = self._look(rgb[:, ::-1], small)
        seen = (mirrored[:, ::-1], self._look(rgb, small)[0], self._look(rgb, middle)[0])
        enlarged = [cv2.resize(each, size, interpolation=cv2.INTER_LINEAR) for each in seen]
        return np.asarray(np.mean(enlarged, axis=0), np.float32), relief

    def _look(self, rgb: ByteImage, size: tuple[int, int]) -> tuple[FloatImage, float]:
        """Disparity of `rgb` at `size` (columns, rows), with mean 0 and deviation 1, and its
        relief (0 = flat … 1 = deep).
        """
        small = cv2.resize(np.ascontiguousarray(rgb), size, interpolation=cv2.INTER_AREA)
        values, relief = self._infer(exposed(np.asarray(small, np.uint8)))
        deviation = max(float(values.std()), 1e-6)
        return np.asarray((values - values.mean()) / deviation, np.float32), relief

    @torch.inference_mode()
    def _infer(self, rgb: ByteImage) -> tuple[FloatImage, float]:
        batch = torch.from_numpy(rgb).to(self._device)[None]
        features = self._net.encoder(to_input(batch))
        values = np.asarray(self._net.decode(features)[0].cpu().numpy(), np.float32)
        return values, float(self._relief(pooled(features))[0])


def exposed(rgb: ByteImage) -> ByteImage:
    """A picture with its white level at `_WHITE`, as far as `_BRIGHTER` reaches; none gets darker.

    The white level is the luma that one pixel in a hundred exceeds.
    """
    level = float(np.percentile(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), 99))
    gain = min(_WHITE / max(level, 1.0), _BRIGHTER)
    if gain <= 1:
        return rgb
    return np.asarray(cv2.convertScaleAbs(rgb, alpha=gain), np.uint8)


def working_size(width: int, height: int, enlarge: float = 1.0) -> tuple[int, int]:
    """(width, height) that the network sees: of the photo's shape and the same area for all,
    each side `enlarge` times the usual one.
    """
    scale = enlarge * (_AREA / (width * height)) ** 0.5
    columns, rows = (max(2, round(side * scale / _STRIDE)) * _STRIDE for side in (width, height))
    return columns, rows


def to_input(rgb: torch.Tensor) -> torch.Tensor:
    """uint8 N×H×W×3 → float N×3×H×W in about [-1, 1], channels last in memory."""
    return rgb.permute(0, 3, 1, 2).float().sub_(127).div_(128)
