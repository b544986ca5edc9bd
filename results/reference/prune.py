"""Masks by magnitude: ones where a weight is left. Exactly round(sparsity * n) weights go, of equal ones the first."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from networks import BnConv, draw, kernels

Masks = dict[str, Tensor]


def ranked(scores: Tensor, gone: int) -> Tensor:
    """A flat mask that drops the `gone` smallest scores."""
    if gone == 0:
        return torch.ones_like(scores)
    threshold = scores.kthvalue(gone).values
    mask = (scores > threshold).float()
    # Of those at the threshold only the first ones go.
    surplus = int(gone - (scores < threshold).sum())
    at_threshold = (scores == threshold).nonzero().flatten()
    mask[at_threshold[surplus:]] = 1
    return mask


@torch.no_grad()
def globally(weights: Mapping[str, Tensor], sparsity: float, alive: Masks | None = None) -> Masks:
    """One ranking over all kernels; a weight that `alive` has not does not return."""
    scores = torch.cat([_scores(weight, None if alive is None else alive[name]) for name, weight in weights.items()])
    parts = ranked(scores, round(sparsity * len(scores))).split([weight.numel() for weight in weights.values()])
    return {name: part.view_as(weight) for (name, weight), part in zip(weights.items(), parts, strict=True)}


def all_of(net: nn.Module) -> Masks:
    return {name: torch.ones_like(kernel) for name, kernel in kernels(net).items()}


@torch.no_grad()
def layerwise(weights: Mapping[str, Tensor], rates: Mapping[str, float], alive: Masks) -> Masks:
    """Of each kernel's survivors the given share."""
    masks: Masks = {}
    for name, weight in weights.items():
        before = alive[name]
        survivors = int(before.sum())
        gone = weight.numel() - survivors + round(rates[name] * survivors)
        masks[name] = ranked(_scores(weight, before), gone).view_as(weight)
    return masks


def _scores(weight: Tensor, alive: Tensor | None) -> Tensor:
    flat = weight.detach().abs().flatten()
    return flat if alive is None else torch.where(alive.flatten() > 0, flat, -1.0)


@torch.no_grad()
def apply(net: nn.Module, masks: Masks) -> None:
    for name, kernel in kernels(net).items():
        kernel.mul_(masks[name])


def shuffled(masks: Masks, seed: int) -> Masks:
    """As many holes in each kernel, elsewhere."""
    generator = torch.Generator().manual_seed(seed)
    return {name: mask.flatten()[torch.randperm(mask.numel(), generator=generator)].view_as(mask) for name, mask in masks.items()}


@torch.no_grad()
def he_for_masks(net: nn.Module, masks: Masks, seed: int) -> None:
    """N(0, 2/n) with n the weights that are left for a unit on average; biases zero (Liu et al., 2019)."""
    draw(net, seed, "he")
    for name, kernel in kernels(net).items():
        fan, left = kernel[0].numel(), masks[name].sum() / len(kernel)
        kernel.mul_((fan / left).sqrt())


@torch.no_grad()
def half_the_filters(net: BnConv) -> BnConv:
    """The half of each layer's filters with the larger sum of |w|, in a network built small."""
    small = BnConv([width // 2 for width in net.widths], seed=0)
    inputs = torch.arange(1)
    for place in range(0, len(net.features), 3):
        conv, norm = net.features[place], net.features[place + 1]
        norms = conv.weight.abs().sum(dim=(1, 2, 3))
        kept = norms.topk(len(norms) // 2).indices.sort().values
        small.features[place].weight.copy_(conv.weight[kept][:, inputs])
        for part in ("weight", "bias", "running_mean", "running_var"):
            getattr(small.features[place + 1], part).copy_(getattr(norm, part)[kept])
        inputs = kept
    small.out.weight.copy_(net.out.weight[:, inputs])
    small.out.bias.copy_(net.out.bias)
    return small
