"""The DARTS search cell rewritten: what all edges that leave a state have in common is computed once for the state.

One relu for each state, and one pool with its batch norm for each state and kind: without affine parameters the batch norms
of all edges from one state are the same function. The depthwise convolutions of one shape that leave a state are one.
"""
import torch
import torch.nn.functional as F

from common import channel_shuffle
from darts_operations import pool_of
from darts_supernet import NODES, OPERATIONS, SearchCell


def skipped(sequence, x, first):
    """The layers of a sequence from `first` on."""
    for layer in list(sequence)[first:]:
        x = layer(x)
    return x


class RewrittenSearchCell(SearchCell):
    """The weights are SearchCell's, so that both forms read the same files."""

    def __init__(self, *shape):
        super().__init__(*shape)
        self.edge_of = {}
        for node in range(NODES):
            for source in range(node + 2):
                self.edge_of[node, source] = len(self.edge_of)

    def leaving(self, source, state, theta):
        """The contribution of a state to each later node, by node."""
        nodes = range(max(0, source - 1), NODES)
        edges = [self._ops[self.edge_of[node, source]] for node in nodes]
        rows = [theta[self.edge_of[node, source]] for node in nodes]
        k, c = edges[0].k, edges[0].active
        active = state if k == 1 else state[:, :c]
        positive = F.relu(active)
        stride = 2 if self.reduction and source < 2 else 1
        pools = [
            edges[0]._ops[o].op[1](pool_of(name, stride)(active))
            for o, name in enumerate(OPERATIONS)
            if name.endswith("pool_3x3")
        ]
        mixed = [row[0] * pools[0] + row[1] * pools[1] for row in rows]
        for i, edge in enumerate(edges):
            mixed[i] = mixed[i] + rows[i][2] * (active if stride == 1 else edge._ops[2](active))
        for o in range(3, len(OPERATIONS)):
            first = edges[0]._ops[o].op[1]
            weights = torch.cat([edge._ops[o].op[1].weight for edge in edges], 1)
            # A group has one input channel and an output channel for each edge.
            joint = F.conv2d(
                positive, weights.reshape(-1, 1, *first.kernel_size), None, first.stride, first.padding, first.dilation, c
            ).unflatten(1, (c, len(edges)))
            for i, edge in enumerate(edges):
                mixed[i] = mixed[i] + rows[i][o] * skipped(edge._ops[o].op, joint[:, :, i], 2)
        if k == 1:
            return dict(zip(nodes, mixed))
        bypass = edges[0].bypass(state[:, c:])
        return {node: channel_shuffle(torch.cat([part, bypass], 1), k) for node, part in zip(nodes, mixed)}

    def forward(self, s0, s1, theta):
        states = [self.preprocess0(s0), self.preprocess1(s1)]
        sums = [None] * NODES
        for source in range(NODES + 1):
            for node, part in self.leaving(source, states[source], theta).items():
                sums[node] = part if sums[node] is None else sums[node] + part
            if source > 0:
                states.append(sums[source - 1])
        return torch.cat(states[-NODES:], 1)
