"""What the PyTorch contestants share: partial channels, the Dirichlet sample, and how much memory a process holds."""
import gzip
import json
import resource
import sys

import torch
import torch.nn.functional as F


def channel_shuffle(x, groups):
    """Channel g of group j becomes channel j of group g."""
    b, c, h, w = x.shape
    return x.reshape(b, groups, c // groups, h, w).transpose(1, 2).reshape(b, c, h, w)


def sample_theta(alpha):
    """One Dirichlet sample for each row of alpha, with concentration elu(alpha) + 1."""
    beta = F.elu(alpha) + 1
    return torch.stack([torch.distributions.Dirichlet(row).rsample() for row in beta])


def memory(field):
    """Bytes of this process: VmHWM is its peak, VmRSS its present. Linux; elsewhere the peak for both."""
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def read_golden(path):
    """A file of recorded numbers, and a function that makes a tensor of one of its entries."""
    with gzip.open(path) as file:
        golden = json.load(file)
    return golden, lambda entry: torch.tensor(entry["data"], dtype=torch.float64).reshape(entry["shape"])


def load_weights(module, recorded):
    """Gives a module its recorded weights, by name: all of both, no more and no less."""
    ours = dict(module.named_parameters())
    if ours.keys() != recorded.keys():
        raise SystemExit(f"recorded and own weights differ in {', '.join(sorted(ours.keys() ^ recorded.keys()))}")
    with torch.no_grad():
        for name, parameter in ours.items():
            parameter.copy_(recorded[name])


def relative_error(got, want):
    return ((got - want).abs().max() / want.abs().max()).item()
