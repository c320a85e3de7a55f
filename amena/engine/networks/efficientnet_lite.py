"""EfficientNet-Lite0 as a feature pyramid (Tan & Le 2019).

The Lite variants have no squeeze-and-excite. Only the trunk is defined: the
classification head is of no use for dense prediction.
"""

from torch import Tensor, nn
from torch.nn import functional

# One row per stage: expansion, kernel, stride, output channels, blocks.
_STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
_TAPS = (0, 1, 2, 4, 6)  # the last stage of every resolution
PYRAMID_CHANNELS = (16, 24, 40, 112, 320)
_BATCH_NORM_EPS = 1e-3


class ConvNorm(nn.Module):
    """Bias-free convolution with TensorFlow's "same" padding, batch norm and optional ReLU6."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        activate: bool = True,
    ) -> None:
        super().__init__()
        # The published weights were trained with TensorFlow, which pads even inputs of a strided
        # convolution by one row less at the top and left.
        self.uneven = stride == 2
        padding = 0 if self.uneven else kernel // 2
        self.margin = (kernel // 2 - 1, kernel // 2) * 2
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(outputs, eps=_BATCH_NORM_EPS, momentum=0.01)
        self.activate = activate

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.conv(functional.pad(x, self.margin) if self.uneven else x))
        return functional.relu6(x, inplace=True) if self.activate else x


class InvertedResidual(nn.Module):
    """Expand, filter depthwise, project; with a skip where the shape allows it."""

    def __init__(self, inputs: int, outputs: int, expand: int, kernel: int, stride: int) -> None:
        super().__init__()
        hidden = inputs * expand
        self.expand = ConvNorm(inputs, hidden) if expand > 1 else nn.Identity()
        self.filter = ConvNorm(hidden, hidden, kernel, stride, groups=hidden)
        self.project = ConvNorm(hidden, outputs, activate=False)
        self.skip = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.project(self.filter(self.expand(x)))
        return x + y if self.skip else y


class EfficientNetLite0(nn.Module):
    """Features at 1/2, 1/4, 1/8, 1/16 and 1/32 of the input."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = ConvNorm(3, 32, kernel=3, stride=2)
        stages, inputs = [], 32
        for expand, kernel, stride, outputs, blocks in _STAGES:
            stage = [InvertedResidual(inputs, outputs, expand, kernel, stride)]
            stage += [
                InvertedResidual(outputs, outputs, expand, kernel, 1) for _ in range(blocks - 1)
            ]
            stages.append(nn.Sequential(*stage))
            inputs = outputs
        self.stages = nn.ModuleList(stages)

    def forward(self, x: Tensor) -> list[Tensor]:
        """`x`: float N×3×H×W in [-1, 1], H and W multiples of 32. Returns the five feature maps,
        finest first, with `PYRAMID_CHANNELS` channels.
        """
        x = self.stem(x)
        features = []
        for index, stage in enumerate(self.stages):
            x = stage(x)
            if index in _TAPS:
                features.append(x)
        return features
