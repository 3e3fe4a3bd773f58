"""The supernet of the DARTS space with partial channels, as a PyTorch user would write it."""
import torch
from torch import nn

from common import channel_shuffle, read_golden, relative_error
from darts_operations import operation, preprocessing

OPERATIONS = (
    "max_pool_3x3", "avg_pool_3x3", "skip_connect", "sep_conv_3x3", "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5"
)
NODES = 4
ROWS = sum(range(2, NODES + 2))  # edges of a cell


class MixedEdge(nn.Module):
    """sum_o theta_o * o(x) on the first C/k channels; the others bypass the operations."""

    def __init__(self, channels, stride, k):
        super().__init__()
        self.k, self.active = k, channels // k
        self._ops = nn.ModuleList([operation(name, self.active, stride, False) for name in OPERATIONS])
        self.bypass = nn.MaxPool2d(2, 2) if stride == 2 else nn.Identity()

    def forward(self, x, theta):
        active = x if self.k == 1 else x[:, : self.active]
        mixed = sum(weight * op(active) for weight, op in zip(theta, self._ops))
        if self.k == 1:
            return mixed
        return channel_shuffle(torch.cat([mixed, self.bypass(x[:, self.active :])], 1), self.k)


class SearchCell(nn.Module):
    def __init__(self, inputs0, inputs1, channels, reduction, reduction_before, k):
        super().__init__()
        self.reduction = reduction
        self.preprocess0, self.preprocess1 = preprocessing(inputs0, inputs1, channels, reduction_before, False)
        self._ops = nn.ModuleList(
            [
                MixedEdge(channels, 2 if reduction and source < 2 else 1, k)
                for node in range(NODES)
                for source in range(node + 2)
            ]
        )

    def forward(self, s0, s1, theta):
        states = [self.preprocess0(s0), self.preprocess1(s1)]
        first = 0
        for _ in range(NODES):
            edges = range(first, first + len(states))
            states.append(sum(self._ops[e](state, theta[e]) for e, state in zip(edges, states)))
            first += len(states) - 1
        return torch.cat(states[-NODES:], 1)


class DartsSupernet(nn.Module):
    """Stem of 3C channels, cells with reductions at a third and two thirds, linear classifier. theta [28, 7]."""

    def __init__(self, cell, channels, cells, k, classes=10):
        super().__init__()
        wide = 3 * channels
        self.stem = nn.Sequential(nn.Conv2d(3, wide, 3, padding=1, bias=False), nn.BatchNorm2d(wide))
        self.cells = nn.ModuleList()
        inputs0, inputs1, reduction_before = wide, wide, False
        for i in range(cells):
            reduction = i in (cells // 3, 2 * cells // 3)
            if reduction:
                channels *= 2
            self.cells.append(cell(inputs0, inputs1, channels, reduction, reduction_before, k))
            inputs0, inputs1, reduction_before = inputs1, NODES * channels, reduction
        self.classifier = nn.Linear(inputs1, classes)

    def forward(self, x, theta):
        s0 = s1 = self.stem(x)
        for cell in self.cells:
            s0, s1 = s1, cell(s0, s1, theta[ROWS:] if cell.reduction else theta[:ROWS])
        return self.classifier(s1.mean((2, 3)))


def check(form, path):
    """Largest relative error of each quantity of a recorded search cell."""
    golden, tensor = read_golden(path)
    weights = {name: tensor(entry) for name, entry in golden["params"].items()}
    s0, s1, theta = (tensor(golden[name]).requires_grad_() for name in ("s0", "s1", "theta"))
    stride_2 = golden["y"]["shape"][2] < golden["s0"]["shape"][2]
    channels = weights["preprocess0.op.1.weight"].shape[0]
    cell = form(s0.shape[1], s1.shape[1], channels, stride_2, False, golden["k"])
    with torch.no_grad():
        for name, parameter in cell.named_parameters():
            parameter.copy_(weights.pop(name))
    if weights:
        raise SystemExit(f"the recorded cell has weights that this one has not: {', '.join(weights)}")
    y = cell(s0, s1, theta)
    y.backward(tensor(golden["upstream"]))
    return {
        "y": relative_error(y.detach(), tensor(golden["y"])),
        "gradS0": relative_error(s0.grad, tensor(golden["gradS0"])),
        "gradS1": relative_error(s1.grad, tensor(golden["gradS1"])),
        "gradTheta": relative_error(theta.grad, tensor(golden["gradTheta"])),
        "gradParams": max(
            relative_error(parameter.grad, tensor(golden["gradParams"][name]))
            for name, parameter in cell.named_parameters()
        ),
    }
