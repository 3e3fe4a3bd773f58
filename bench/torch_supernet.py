"""The NAS-Bench-201 search step in PyTorch, to time beside ours: written from the mathematics, as a user would.

python bench/torch_supernet.py --check GOLDEN.json.gz           one cell against recorded numbers, both forms
python bench/torch_supernet.py --channels 16 --cells 5 --k 1 ...  the contestant: answers each line "N" on stdin
                                                                 with the seconds of N search steps, as JSON
--rewritten chooses the algebraic rewriting: one relu per source node, the convolutions of one size that leave a node
as one convolution, batch norm and mixing weight as one scale, one pool per target, and in the architecture pass no
weight gradients. Runs on PyTorch 1.13 and later.
"""
import argparse
import gzip
import json
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

EDGES = [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)]  # (target, source)
OPERATIONS = 5  # none, skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3
NONE, SKIP, CONV1, CONV3, POOL = range(OPERATIONS)


def channel_shuffle(x, groups):
    b, c, h, w = x.shape
    return x.reshape(b, groups, c // groups, h, w).transpose(1, 2).reshape(b, c, h, w)


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


class Supernet(nn.Module):
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


def search_step(net, alpha, optimisers, valid, train, rewritten):
    """Architecture update on a validation batch, then weight update on a training batch, first order."""
    alpha_optimiser, weight_optimiser = optimisers

    def loss_of(batch, alpha):
        beta = F.elu(alpha) + 1
        theta = torch.stack([torch.distributions.Dirichlet(row).rsample() for row in beta])
        return F.cross_entropy(net(batch[0], theta), batch[1])

    if rewritten:
        net.requires_grad_(False)
    alpha_optimiser.zero_grad()
    loss = loss_of(valid, alpha)
    loss.backward()
    alpha_optimiser.step()
    valid_loss = loss.item()

    if rewritten:
        net.requires_grad_(True)
    weight_optimiser.zero_grad()
    loss = loss_of(train, alpha.detach() if rewritten else alpha)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 5)
    weight_optimiser.step()
    return valid_loss, loss.item()


def check(path):
    """Largest relative error of each quantity of the golden file, in both forms; exit status 1 above 1e-4."""
    with gzip.open(path) as file:
        golden = json.load(file)
    tensor = lambda t: torch.tensor(t["data"], dtype=torch.float32).reshape(t["shape"])
    error = lambda got, want: ((got - want).abs().max() / want.abs().max()).item()
    names = [f"edges.{target}<-{source}" for target, source in EDGES]
    conv1, conv3 = ([tensor(golden["params"][f"{n}.{op}.op.1.weight"]) for n in names] for op in (CONV1, CONV3))
    worst = 0
    for form in (PlainCell, RewrittenCell):
        cell = form(golden["x"]["shape"][1], golden["k"])
        cell.load(conv1, conv3)
        x, theta = tensor(golden["x"]).requires_grad_(), tensor(golden["theta"]).requires_grad_()
        y = cell(x, theta)
        y.backward(tensor(golden["upstream"]))
        errors = {
            "y": error(y.detach(), tensor(golden["y"])),
            "gradX": error(x.grad, tensor(golden["gradX"])),
            "gradTheta": error(theta.grad, tensor(golden["gradTheta"])),
            "gradParams": max(
                error(got, tensor(golden["gradParams"][f"{n}.{op}.op.1.weight"]))
                for n, row in zip(names, cell.gradients())
                for op, got in zip((CONV1, CONV3), row)
            ),
        }
        worst = max(worst, *errors.values())
        print(json.dumps({"form": form.__name__, "torch": torch.__version__, "errors": errors}))
    return 0 if worst <= 1e-4 else 1


def memory(field):
    """Bytes of this process: VmHWM is its peak, VmRSS its present. Linux; elsewhere the peak for both."""
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def contend(options):
    torch.manual_seed(1)
    answer = lambda **fields: print(json.dumps(fields), flush=True)
    rest = memory("VmRSS")
    cell = RewrittenCell if options.rewritten else PlainCell
    net = Supernet(cell, options.channels, options.cells, options.k)
    alpha = (1e-3 * torch.randn(6, OPERATIONS)).requires_grad_()
    optimisers = (
        torch.optim.Adam([alpha], lr=3e-4, betas=(0.5, 0.999), weight_decay=1e-3),
        torch.optim.SGD(net.parameters(), lr=0.025, momentum=0.9, weight_decay=3e-4),
    )
    layout = torch.channels_last if options.channels_last else torch.contiguous_format
    net.to(memory_format=layout)
    batch = lambda: (
        torch.randn(options.batch, 3, options.size, options.size).contiguous(memory_format=layout),
        torch.randint(10, (options.batch,)),
    )
    valid, train = batch(), batch()
    answer(
        version=torch.__version__,
        threads=torch.get_num_threads(),
        engine=torch.backends.cpu.get_cpu_capability() if hasattr(torch.backends, "cpu") else "",
        restBytes=rest,
    )
    for line in sys.stdin:
        seconds, losses = [], None
        cpu = time.process_time()
        for _ in range(int(line)):
            begun = time.perf_counter()
            losses = search_step(net, alpha, optimisers, valid, train, options.rewritten)
            seconds.append(time.perf_counter() - begun)
        if not all(map(math.isfinite, losses)):
            sys.exit(f"the losses are {losses}")
        answer(seconds=seconds, cpuSeconds=time.process_time() - cpu, peakBytes=memory("VmHWM"), losses=losses)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", metavar="GOLDEN.json.gz")
    parser.add_argument("--rewritten", action="store_true")
    parser.add_argument("--channels-last", action="store_true", help="NHWC memory, which some operations prefer")
    for name, value in dict(channels=16, cells=5, k=1, size=32, batch=64, threads=2).items():
        parser.add_argument(f"--{name}", type=int, default=value)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    if chosen.check:
        sys.exit(check(chosen.check))
    contend(chosen)
