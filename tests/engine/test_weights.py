"""Weight files are checked before they are used."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from amena.engine.errors import WeightsError
from amena.engine.networks.depth_net import DepthNet
from amena.engine.networks.weights import WEIGHTS, fold_batch_norms, load_weights


class _Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(2, 3, 3, padding=1, bias=False)
        self.norm1: nn.Module = nn.BatchNorm2d(3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.norm1(self.conv1(x))
        return y


def _write(net: nn.Module, path: Path) -> None:
    save_file({k: v.half() for k, v in net.state_dict().items() if v.ndim}, path)


def _list_sum(path: Path) -> None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (path.parent / "SHA256SUMS").write_text(f"{digest}  {path.name}\n")


def test_whole_file_fills_the_network(tmp_path: Path) -> None:
    source, target = _Block(), _Block()
    _write(source, tmp_path / "net.safetensors")
    _list_sum(tmp_path / "net.safetensors")

    load_weights(target, tmp_path / "net.safetensors")

    assert torch.equal(target.conv1.weight, source.conv1.weight.half().float())


def test_one_flipped_bit_is_refused_with_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    _write(_Block(), path)
    _list_sum(path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)

    with pytest.raises(WeightsError, match=r"damaged. Reinstall the package\.$") as caught:
        load_weights(_Block(), path)

    assert caught.value.code == "bad_weights"
    assert "\n" not in caught.value.message


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="Cannot read the weights"):
        load_weights(_Block(), tmp_path / "none.safetensors")


def test_truncated_file_without_a_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    _write(_Block(), path)
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(WeightsError, match="do not belong to this version"):
        load_weights(_Block(), path)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    _write(nn.Conv2d(2, 3, 3), path)

    with pytest.raises(WeightsError, match="do not belong to this version"):
        load_weights(_Block(), path)


def test_packaged_weights_match_their_sums() -> None:
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=WEIGHTS, check=True)
    load_weights(DepthNet(), WEIGHTS / "depth.safetensors")


def test_packaged_weights_stay_below_sixteen_megabytes() -> None:
    assert sum(path.stat().st_size for path in WEIGHTS.glob("*.safetensors")) < 16_000_000


def test_folded_batch_norms_change_nothing() -> None:
    torch.manual_seed(0)
    block = _Block()
    block.norm1(torch.randn(8, 3, 4, 4))  # statistics other than 0 and 1
    block.eval()
    x = torch.randn(1, 2, 8, 8)
    with torch.inference_mode():
        expected = block(x)
        fold_batch_norms(block)
        folded = block(x)

    assert isinstance(block.norm1, nn.Identity)
    torch.testing.assert_close(folded, expected, atol=1e-5, rtol=1e-5)
