"""The operations of the DARTS space as modules, and the preprocessing of a cell's inputs. Written from the mathematics."""
import torch
import torch.nn.functional as F
from torch import nn


class ReluConvNorm(nn.Module):
    def __init__(self, inputs, outputs, affine):
        super().__init__()
        self.op = nn.Sequential(
            nn.ReLU(), nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs, affine=affine)
        )

    def forward(self, x):
        return self.op(x)


class FactorizedReduce(nn.Module):
    """Half the size: two strided 1x1 convolutions on grids that lie one pixel apart, each for half of the channels."""

    def __init__(self, inputs, outputs, affine):
        super().__init__()
        self.conv_1 = nn.Conv2d(inputs, outputs // 2, 1, stride=2, bias=False)
        self.conv_2 = nn.Conv2d(inputs, outputs - outputs // 2, 1, stride=2, bias=False)
        self.bn = nn.BatchNorm2d(outputs, affine=affine)

    def forward(self, x):
        x = F.relu(x)
        return self.bn(torch.cat([self.conv_1(x), self.conv_2(x[:, :, 1:, 1:])], 1))


def separable(channels, size, stride, dilation, affine):
    padding = dilation * (size - 1) // 2
    return [
        nn.ReLU(),
        nn.Conv2d(channels, channels, size, stride, padding, dilation, groups=channels, bias=False),
        nn.Conv2d(channels, channels, 1, bias=False),
        nn.BatchNorm2d(channels, affine=affine),
    ]


class Layers(nn.Module):
    """A sequence of layers under the name `op`."""

    def __init__(self, *layers):
        super().__init__()
        self.op = nn.Sequential(*layers)

    def forward(self, x):
        return self.op(x)


def pool_of(name, stride):
    if name.startswith("max"):
        return nn.MaxPool2d(3, stride, padding=1)
    return nn.AvgPool2d(3, stride, padding=1, count_include_pad=False)


def operation(name, channels, stride, affine):
    """One operation of an edge. The batch norm of a pool has no affine parameters, in the stand-alone network either."""
    if name in ("max_pool_3x3", "avg_pool_3x3"):
        return Layers(pool_of(name, stride), nn.BatchNorm2d(channels, affine=False))
    if name == "skip_connect":
        return nn.Identity() if stride == 1 else FactorizedReduce(channels, channels, affine)
    kind, size = name[:3], int(name[-1])
    if kind == "sep":
        return Layers(*separable(channels, size, stride, 1, affine), *separable(channels, size, 1, 1, affine))
    return Layers(*separable(channels, size, stride, 2, affine))


def preprocessing(inputs0, inputs1, channels, reduction_before, affine):
    first = FactorizedReduce if reduction_before else ReluConvNorm
    return first(inputs0, channels, affine), ReluConvNorm(inputs1, channels, affine)
