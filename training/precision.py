"""Mixed precision that is fast on CPUs."""

import torch
from torch import Tensor, nn
from torch.nn import functional


def mixed(device: torch.device) -> torch.autocast:
    """bfloat16 autocast where it is of use.

    A CPU without bfloat16 instructions emulates it, ten times slower than float32: there nothing
    changes.
    """
    useful = device.type != "cpu" or torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=useful)


def keep_depthwise_in_float32(net: nn.Module) -> None:
    """Run the depthwise convolutions of `net` in float32 under bfloat16 autocast, in place.

    oneDNN has no fast bfloat16 backward pass for them: in float32 with channels-last they train
    three to six times faster, while the dense convolutions gain from bfloat16.
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d) and module.groups > 1:
            module.forward = _Float32Convolution(module)  # type: ignore[method-assign]


class _Float32Convolution:
    """A convolution's forward pass, outside autocast, that returns the type it was given."""

    def __init__(self, conv: nn.Conv2d) -> None:
        self.conv = conv

    def __call__(self, x: Tensor) -> Tensor:
        conv = self.conv
        with torch.autocast(x.device.type, enabled=False):
            y = functional.conv2d(
                x.float(), conv.weight, conv.bias, conv.stride, conv.padding, groups=conv.groups
            )  # type: ignore[arg-type]
        return y.to(x.dtype)
