"""The stand-alone network of a DARTS genotype with its auxiliary head and drop-path, and one training step of it."""
import torch
import torch.nn.functional as F
from torch import nn

from common import load_weights, read_golden, relative_error
from darts_operations import operation, preprocessing
from darts_skeleton import DartsSkeleton

# The genotype that DrNAS published for CIFAR-10: per node two operations with the states that they read.
DRNAS_CIFAR10 = {
    "normal": [
        ("sep_conv_3x3", 0), ("sep_conv_5x5", 1), ("sep_conv_3x3", 1), ("sep_conv_3x3", 2),
        ("skip_connect", 0), ("sep_conv_3x3", 1), ("sep_conv_3x3", 2), ("dil_conv_5x5", 3),
    ],
    "reduce": [
        ("max_pool_3x3", 0), ("sep_conv_5x5", 1), ("dil_conv_5x5", 2), ("sep_conv_5x5", 1),
        ("sep_conv_5x5", 1), ("dil_conv_5x5", 3), ("skip_connect", 4), ("sep_conv_5x5", 1),
    ],
}
AUXILIARY_WEIGHT = 0.4


def drop_path(x, probability):
    """Drops a branch for some images and scales it for the others."""
    keep = 1 - probability
    mask = torch.empty(x.shape[0], 1, 1, 1).bernoulli_(keep)
    return x.div(keep).mul(mask)


class Cell(nn.Module):
    def __init__(self, genotype, inputs0, inputs1, channels, reduction, reduction_before):
        super().__init__()
        self.preprocess0, self.preprocess1 = preprocessing(inputs0, inputs1, channels, reduction_before, True)
        chosen = genotype["reduce" if reduction else "normal"]
        self.sources = [source for _, source in chosen]
        self._ops = nn.ModuleList(
            [operation(name, channels, 2 if reduction and source < 2 else 1, True) for name, source in chosen]
        )

    def forward(self, s0, s1, drop):
        states = [self.preprocess0(s0), self.preprocess1(s1)]
        for first in range(0, len(self._ops), 2):
            branches = []
            for source, op in zip(self.sources[first : first + 2], self._ops[first : first + 2]):
                branch = op(states[source])
                if drop > 0 and self.training and not isinstance(op, nn.Identity):
                    branch = drop_path(branch, drop)
                branches.append(branch)
            states.append(branches[0] + branches[1])
        return torch.cat(states[2:], 1)


class AuxiliaryHead(nn.Module):
    """A second classifier, on the 8x8 images after the second reduction.

    Its first relu works in place, as the reference's does: what comes after that cell sees the relu of its output. That
    changes something only where the cell is the last one, for every later cell begins with a relu.
    """

    def __init__(self, channels, classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.ReLU(inplace=True),
            nn.AvgPool2d(5, stride=3, padding=0, count_include_pad=False),
            nn.Conv2d(channels, 128, 1, bias=False),
            nn.BatchNorm2d(128),
            nn.ReLU(),
            nn.Conv2d(128, 768, 2, bias=False),
            nn.BatchNorm2d(768),
            nn.ReLU(),
        )
        self.classifier = nn.Linear(768, classes)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


class DartsNetwork(DartsSkeleton):
    def __init__(self, genotype, channels, cells, classes=10):
        super().__init__(lambda *shape: Cell(genotype, *shape), channels, cells, classes)
        self.auxiliary_after = 2 * cells // 3
        self.auxiliary_head = AuxiliaryHead(self.widths[self.auxiliary_after], classes)

    def forward(self, x, drop=0.0):
        s0 = s1 = self.stem(x)
        auxiliary = None
        for i, cell in enumerate(self.cells):
            s0, s1 = s1, cell(s0, s1, drop)
            if i == self.auxiliary_after and self.training:
                auxiliary = self.auxiliary_head(s1)
        return self.classify(s1), auxiliary


def training_step(net, optimiser, batch, drop):
    optimiser.zero_grad()
    logits, auxiliary = net(batch[0], drop)
    loss = F.cross_entropy(logits, batch[1])
    (loss + AUXILIARY_WEIGHT * F.cross_entropy(auxiliary, batch[1])).backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 5)
    optimiser.step()
    return loss.item()


def check(path):
    """Largest relative error of each quantity of a recorded network, drop-path off."""
    golden, tensor = read_golden(path)
    net = DartsNetwork(DRNAS_CIFAR10, golden["C"], golden["layers"], golden["logits"]["shape"][1])
    load_weights(net, {name: tensor(entry) for name, entry in golden["params"].items()})
    labels = torch.tensor(golden["y"])
    logits, auxiliary = net(tensor(golden["x"]))
    (F.cross_entropy(logits, labels) + AUXILIARY_WEIGHT * F.cross_entropy(auxiliary, labels)).backward()
    gradients = {name: parameter.grad for name, parameter in net.named_parameters()}
    return {
        "logits": relative_error(logits.detach(), tensor(golden["logits"])),
        "auxiliary": relative_error(auxiliary.detach(), tensor(golden["aux"])),
        **{name: relative_error(gradients[name], tensor(want)) for name, want in golden["grads"].items()},
    }
