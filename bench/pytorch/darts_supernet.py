"""The supernet of the DARTS space with partial channels, as a PyTorch user would write it."""
import torch
from torch import nn

from common import channel_shuffle, load_weights, read_golden, relative_error
from darts_operations import operation, preprocessing
from darts_skeleton import DartsSkeleton

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


class DartsSupernet(DartsSkeleton):
    """theta [28, 7]: the rows of the normal cells, then those of the reduction cells."""

    def __init__(self, cell, channels, cells, k, classes=10):
        super().__init__(lambda *shape: cell(*shape, k), channels, cells, classes)

    def forward(self, x, theta):
        s0 = s1 = self.stem(x)
        for cell in self.cells:
            s0, s1 = s1, cell(s0, s1, theta[ROWS:] if cell.reduction else theta[:ROWS])
        return self.classify(s1)


def check(form, path):
    """Largest relative error of each quantity of a recorded search cell."""
    golden, tensor = read_golden(path)
    weights = {name: tensor(entry) for name, entry in golden["params"].items()}
    s0, s1, theta = (tensor(golden[name]).requires_grad_() for name in ("s0", "s1", "theta"))
    stride_2 = golden["y"]["shape"][2] < golden["s0"]["shape"][2]
    channels = weights["preprocess0.op.1.weight"].shape[0]
    cell = form(s0.shape[1], s1.shape[1], channels, stride_2, False, golden["k"])
    load_weights(cell, weights)
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
