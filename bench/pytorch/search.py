"""One search step on any supernet: an architecture update, then a weight update, first order."""
import torch
import torch.nn.functional as F

from common import sample_theta


def make_optimisers(net, alpha, weight_rate, alpha_rate):
    return (
        torch.optim.Adam([alpha], lr=alpha_rate, betas=(0.5, 0.999), weight_decay=1e-3),
        torch.optim.SGD(net.parameters(), lr=weight_rate, momentum=0.9, weight_decay=3e-4),
    )


def search_step(net, alpha, optimisers, valid, train, rewritten):
    """The rewritten form leaves weight gradients out of the architecture pass, and alpha's out of the weight pass."""
    alpha_optimiser, weight_optimiser = optimisers

    def loss_of(batch, alpha):
        return F.cross_entropy(net(batch[0], sample_theta(alpha)), batch[1])

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
