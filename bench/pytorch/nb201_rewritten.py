"""The NAS-Bench-201 cell rewritten: the same function with less work, by the algebra that the fused kernels use too.

One relu for each source node, the convolutions of one size that leave a node as one convolution, batch norm and mixing
weight as one scale, one pool for each target.
"""
import torch
import torch.nn.functional as F
from torch import nn

from common import channel_shuffle
from nb201_supernet import CONV1, CONV3, EDGES, POOL, SKIP


class RewrittenCell(nn.Module):
    """The same function: what leaves one source node shares its relu and is one convolution per kernel size."""

    def __init__(self, channels, k):
        super().__init__()
        self.k, self.c = k, channels // k
        self.conv1, self.conv3 = nn.ModuleList(), nn.ModuleList()
        self.norm1, self.norm3 = nn.ModuleList(), nn.ModuleList()
        for source in range(3):
            out = (3 - source) * self.c
            self.conv1.append(nn.Conv2d(self.c, out, 1, bias=False))
            self.conv3.append(nn.Conv2d(self.c, out, 3, padding=1, bias=False))
            self.norm1.append(nn.BatchNorm2d(out, affine=False))
            self.norm3.append(nn.BatchNorm2d(out, affine=False))

    def forward(self, x, theta):
        nodes, branches = [x], {}
        for target in (1, 2, 3):
            source = target - 1
            active = nodes[source][:, : self.c]
            positive = F.relu(active)
            leaving = [e for e in range(6) if EDGES[e][1] == source]
            for convs, norms, op in ((self.conv1, self.norm1, CONV1), (self.conv3, self.norm3, CONV3)):
                norm = norms[source]
                norm.num_batches_tracked.add_(1)
                # Batch norm with the mixing weight as its scale: w * (y - mean) / deviation in one operation.
                scale = torch.stack([theta[e, op] for e in leaving]).repeat_interleave(self.c)
                y = F.batch_norm(
                    convs[source](positive), norm.running_mean, norm.running_var, scale, None, True, 0.1, 1e-5
                )
                for e, part in zip(leaving, y.split(self.c, 1)):
                    branches.setdefault(e, []).append(part)
            incoming = [e for e in range(6) if EDGES[e][0] == target]
            sources = [nodes[EDGES[e][1]] for e in incoming]
            mixed = F.avg_pool2d(
                sum(theta[e, POOL] * s[:, : self.c] for e, s in zip(incoming, sources)),
                3, 1, 1, count_include_pad=False,
            )
            for e, s in zip(incoming, sources):
                mixed = mixed + theta[e, SKIP] * s[:, : self.c]
                for part in branches[e]:
                    mixed = mixed + part
            if self.k > 1:
                bypass = sum(s[:, self.c :] for s in sources)
                mixed = channel_shuffle(torch.cat([mixed, bypass], 1), self.k)
            nodes.append(mixed)
        return nodes[3]

    def load(self, conv1, conv3):
        for source in range(3):
            leaving = [e for e in range(6) if EDGES[e][1] == source]
            self.conv1[source].weight.data.copy_(torch.cat([conv1[e] for e in leaving]))
            self.conv3[source].weight.data.copy_(torch.cat([conv3[e] for e in leaving]))

    def gradients(self):
        rows = [[None, None] for _ in EDGES]
        for source in range(3):
            leaving = [e for e in range(6) if EDGES[e][1] == source]
            for column, conv in enumerate((self.conv1[source], self.conv3[source])):
                for e, part in zip(leaving, conv.weight.grad.split(self.c)):
                    rows[e][column] = part
        return rows
