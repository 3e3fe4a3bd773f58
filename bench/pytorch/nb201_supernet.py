"""The NAS-Bench-201 supernet with partial channels, as a PyTorch user would write it: one operation after another."""
import torch
from torch import nn

from common import channel_shuffle, read_golden, relative_error

EDGES = [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)]  # (target, source)
OPERATIONS = 5  # none, skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3
NONE, SKIP, CONV1, CONV3, POOL = range(OPERATIONS)


def relu_conv_norm(channels, size):
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(channels, channels, size, padding=size // 2, bias=False),
        nn.BatchNorm2d(channels, affine=False),
    )


class MixedEdge(nn.Module):
    """sum_o theta_o * o(x) on the first C/k channels; the others bypass the operations."""

    def __init__(self, channels, k):
        super().__init__()
        self.k, self.active = k, channels // k
        self.conv1 = relu_conv_norm(self.active, 1)
        self.conv3 = relu_conv_norm(self.active, 3)
        self.pool = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)

    def forward(self, x, theta):
        active = x if self.k == 1 else x[:, : self.active]
        outputs = [torch.zeros_like(active), active, self.conv1(active), self.conv3(active), self.pool(active)]
        mixed = sum(weight * output for weight, output in zip(theta, outputs))
        if self.k == 1:
            return mixed
        return channel_shuffle(torch.cat([mixed, x[:, self.active :]], 1), self.k)


class PlainCell(nn.Module):
    """Op by op: each edge computes each of its operations."""

    def __init__(self, channels, k):
        super().__init__()
        self.edges = nn.ModuleList([MixedEdge(channels, k) for _ in EDGES])

    def forward(self, x, theta):
        nodes = [x]
        for target in (1, 2, 3):
            incoming = [e for e in range(6) if EDGES[e][0] == target]
            nodes.append(sum(self.edges[e](nodes[EDGES[e][1]], theta[e]) for e in incoming))
        return nodes[3]

    def load(self, conv1, conv3):
        for edge, w1, w3 in zip(self.edges, conv1, conv3):
            edge.conv1[1].weight.data.copy_(w1)
            edge.conv3[1].weight.data.copy_(w3)

    def gradients(self):
        return [[edge.conv1[1].weight.grad, edge.conv3[1].weight.grad] for edge in self.edges]


class Residual(nn.Module):
    """Between stages: half the size, twice the channels."""

    def __init__(self, channels):
        super().__init__()
        wide = 2 * channels
        self.conv_a = nn.Sequential(
            nn.ReLU(), nn.Conv2d(channels, wide, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(wide)
        )
        self.conv_b = nn.Sequential(
            nn.ReLU(), nn.Conv2d(wide, wide, 3, padding=1, bias=False), nn.BatchNorm2d(wide)
        )
        self.downsample = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(channels, wide, 1, bias=False))

    def forward(self, x):
        return self.conv_b(self.conv_a(x)) + self.downsample(x)


class Nb201Supernet(nn.Module):
    def __init__(self, cell, channels, cells_per_stage, k, classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))
        self.layers = nn.ModuleList()
        for stage in range(3):
            if stage:
                self.layers.append(Residual(channels))
                channels *= 2
            self.layers.extend(cell(channels, k) for _ in range(cells_per_stage))
        self.lastact = nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU())
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x, theta):
        h = self.stem(x)
        for layer in self.layers:
            h = layer(h) if isinstance(layer, Residual) else layer(h, theta)
        return self.classifier(self.lastact(h).mean((2, 3)))


def check(form, path):
    """Largest relative error of each quantity of a recorded search cell."""
    golden, tensor = read_golden(path)
    names = [f"edges.{target}<-{source}" for target, source in EDGES]
    conv1, conv3 = ([tensor(golden["params"][f"{n}.{op}.op.1.weight"]) for n in names] for op in (CONV1, CONV3))
    cell = form(golden["x"]["shape"][1], golden["k"])
    cell.load(conv1, conv3)
    x, theta = tensor(golden["x"]).requires_grad_(), tensor(golden["theta"]).requires_grad_()
    y = cell(x, theta)
    y.backward(tensor(golden["upstream"]))
    return {
        "y": relative_error(y.detach(), tensor(golden["y"])),
        "gradX": relative_error(x.grad, tensor(golden["gradX"])),
        "gradTheta": relative_error(theta.grad, tensor(golden["gradTheta"])),
        "gradParams": max(
            relative_error(got, tensor(golden["gradParams"][f"{n}.{op}.op.1.weight"]))
            for n, row in zip(names, cell.gradients())
            for op, got in zip((CONV1, CONV3), row)
        ),
    }
