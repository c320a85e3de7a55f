"""Weight files: where they lie, whether they are whole, how they get into a network."""

from __future__ import annotations

import hashlib
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from amena.engine.errors import WeightsError

WEIGHTS = Path(__file__).resolve().parent.parent / "weights"
_SUMS = "SHA256SUMS"  # the format of sha256sum(1), so that `sha256sum -c` checks the folder too


def load_weights(net: nn.Module, path: Path) -> None:
    """Fill `net` with the safetensors file at `path` (float16 or float32), as float32.

    The file must have the SHA-256 sum that `SHA256SUMS` beside it lists. A file outside the package
    may come without such a list.

    Raises:
        WeightsError: the file is missing, damaged, or made for another network.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"Cannot read the weights {path}. Reinstall the package.") from error
    expected = _listed_sum(path)
    if expected is None and path.parent == WEIGHTS:
        raise WeightsError(f"{_SUMS} does not list the weights {path}. Reinstall the package.")
    if expected is not None and hashlib.sha256(data).hexdigest() != expected:
        raise WeightsError(f"The weights {path} are damaged. Reinstall the package.")
    try:
        state = {name: tensor.float() for name, tensor in load(data).items()}
        net.load_state_dict(state)
    except (SafetensorError, RuntimeError) as error:
        raise WeightsError(f"The weights {path} do not belong to this version.") from error


def _listed_sum(path: Path) -> str | None:
    """The sum of `path` in the list beside it."""
    try:
        lines = (path.parent / _SUMS).read_text().splitlines()
    except OSError:
        return None
    sums = {name.lstrip("*"): digest for digest, name in (line.split(maxsplit=1) for line in lines)}
    return sums.get(path.name)


def fold_batch_norms(net: nn.Module) -> None:
    """Fold every batch norm of `net` into the convolution before it, in place, for inference.

    A norm `normX` belongs to the convolution `convX` of the same module.
    """
    for module in net.modules():
        for name, norm in list(module.named_children()):
            if isinstance(norm, nn.BatchNorm2d):
                conv_name = name.replace("norm", "conv")
                conv = module.get_submodule(conv_name)
                if not isinstance(conv, nn.Conv2d):
                    raise TypeError(f"{conv_name} before {name} is no convolution.")
                setattr(module, conv_name, fuse_conv_bn_eval(conv, norm))
                setattr(module, name, nn.Identity())
