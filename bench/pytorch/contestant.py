"""The PyTorch side of the bench: written from the mathematics, as a PyTorch user would. Runs on PyTorch 1.13 and later.

contestant.py --check GOLDEN.json.gz        compares with recorded numbers: a search cell of either space, or a network
contestant.py --task TASK --channels ...    answers each line "N" on stdin with the seconds of N steps, as JSON

TASK: nasbench201 and darts take search steps, network takes training steps of the stand-alone DrNAS_cifar10 network.
--rewritten: less work for the same function (nb201_rewritten.py, darts_rewritten.py); in the architecture pass no weight
gradients.
"""
import argparse
import json
import math
import os
import sys
import time

import torch

import darts_network
import darts_supernet
from common import memory
from darts_rewritten import RewrittenSearchCell
from nb201_rewritten import RewrittenCell
from nb201_supernet import Nb201Supernet, PlainCell
from nb201_supernet import check as check_nb201
from search import make_optimisers, search_step

DROP_PATH = 0.15  # the mean of its schedule, 0 to 0.3


def check(path):
    """Prints the largest relative error of each quantity in double precision; exit status 1 above 1e-5.

    The recorded numbers were rounded to nine digits, which a batch norm over few values can enlarge.
    """
    torch.set_default_dtype(torch.float64)
    name = os.path.basename(path)
    if name.startswith("nb201"):
        forms = {form.__name__: lambda form=form: check_nb201(form, path) for form in (PlainCell, RewrittenCell)}
    elif name.startswith("darts_cell"):
        cells = (darts_supernet.SearchCell, RewrittenSearchCell)
        forms = {form.__name__: lambda form=form: darts_supernet.check(form, path) for form in cells}
    else:
        forms = {"DartsNetwork": lambda: darts_network.check(path)}
    worst = 0
    for form, errors_of in forms.items():
        errors = errors_of()
        worst = max(worst, *errors.values())
        print(json.dumps({"form": form, "torch": torch.__version__, "errors": errors}))
    return 0 if worst <= 1e-5 else 1


def contestant(options):
    """The network, and a function that takes one step and gives its losses."""
    layout = torch.channels_last if options.channels_last else torch.contiguous_format
    batch = lambda: (
        torch.randn(options.batch, 3, options.size, options.size).contiguous(memory_format=layout),
        torch.randint(10, (options.batch,)),
    )
    if options.task == "network":
        net = darts_network.DartsNetwork(darts_network.DRNAS_CIFAR10, options.channels, options.cells)
        net.to(memory_format=layout)
        optimiser = torch.optim.SGD(net.parameters(), lr=0.025, momentum=0.9, weight_decay=3e-4)
        train = batch()
        return net, lambda: [darts_network.training_step(net, optimiser, train, DROP_PATH)]
    if options.task == "darts":
        cell = RewrittenSearchCell if options.rewritten else darts_supernet.SearchCell
        net = darts_supernet.DartsSupernet(cell, options.channels, options.cells, options.k)
        rows, operations, rates = 2 * darts_supernet.ROWS, len(darts_supernet.OPERATIONS), (0.1, 6e-4)
    else:
        cell = RewrittenCell if options.rewritten else PlainCell
        net = Nb201Supernet(cell, options.channels, options.cells, options.k)
        rows, operations, rates = 6, 5, (0.025, 3e-4)
    net.to(memory_format=layout)
    alpha = (1e-3 * torch.randn(rows, operations)).requires_grad_()
    optimisers = make_optimisers(net, alpha, *rates)
    valid, train = batch(), batch()
    return net, lambda: search_step(net, alpha, optimisers, valid, train, options.rewritten)


def contend(options):
    torch.manual_seed(1)
    answer = lambda **fields: print(json.dumps(fields), flush=True)
    rest = memory("VmRSS")
    net, step = contestant(options)
    answer(
        version=torch.__version__,
        threads=torch.get_num_threads(),
        engine=torch.backends.cpu.get_cpu_capability() if hasattr(torch.backends, "cpu") else "",
        restBytes=rest,
        parameters=sum(parameter.numel() for parameter in net.parameters()),
    )
    for line in sys.stdin:
        seconds, losses = [], None
        cpu = time.process_time()
        for _ in range(int(line)):
            begun = time.perf_counter()
            losses = step()
            seconds.append(time.perf_counter() - begun)
        if not all(map(math.isfinite, losses)):
            sys.exit(f"the losses are {losses}")
        answer(seconds=seconds, cpuSeconds=time.process_time() - cpu, peakBytes=memory("VmHWM"), losses=losses)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", metavar="GOLDEN.json.gz")
    parser.add_argument("--task", choices=["nasbench201", "darts", "network"], default="nasbench201")
    parser.add_argument("--rewritten", action="store_true")
    parser.add_argument("--channels-last", action="store_true", help="NHWC memory, which some operations prefer")
    for name, value in dict(channels=16, cells=5, k=1, size=32, batch=64, threads=2).items():
        parser.add_argument(f"--{name}", type=int, default=value)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    if chosen.check:
        sys.exit(check(chosen.check))
    contend(chosen)
