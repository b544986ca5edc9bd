"""LatentBE (Nam et al., 2022): a batch ensemble that learns from one teacher for each member, and is merged into one network."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from networks import LeNet300
from train import Batch, Loss

# Pixels in [0, 1], and what networks are given of them.
Perturb = Callable[["BatchEnsemble", Tensor], Tensor]


class BatchEnsemble(nn.Module):
    """LeNet-300-100 with factors for each member: y = ((x * r) W + b) * s, all factors 1 at the start."""

    def __init__(self, net: LeNet300, members: int) -> None:
        super().__init__()
        self.members = members
        linears = [layer for layer in net if isinstance(layer, nn.Linear)]
        self.layers = nn.ModuleList(linears)
        self.r = nn.ParameterList(torch.ones(members, 1, layer.in_features) for layer in linears)
        self.s = nn.ParameterList(torch.ones(members, 1, layer.out_features) for layer in linears)

    def forward(self, images: Tensor, which: Sequence[int] | None = None) -> Tensor:
        """[batch, …] to the logits of all members, or of those named: [members, batch, classes]."""
        chosen = list(range(self.members) if which is None else which)
        x = images.flatten(1).expand(len(chosen), -1, -1)
        for place, layer in enumerate(self.layers):
            x = layer(x * self.r[place][chosen]) * self.s[place][chosen]
            if place < len(self.layers) - 1:
                x = functional.relu(x)
        return x

    @torch.no_grad()
    def merged(self) -> LeNet300:
        """Kernels times the mean of r on their inputs and the mean of s on their outputs; the bias times the mean of s."""
        net = LeNet300(0)
        linears = [layer for layer in net if isinstance(layer, nn.Linear)]
        for layer, own, r, s in zip(linears, self.layers, self.r, self.s, strict=True):
            scale = s.mean(0).T
            layer.weight.copy_(own.weight * scale * r.mean(0))
            layer.bias.copy_(own.bias * scale.flatten())
        return net

    def groups(self, weight_decay: float) -> list[dict[str, object]]:
        """Decay of factors is towards one: `scale_factors` does it."""
        return [
            {"params": list(self.layers.parameters()), "weight_decay": weight_decay},
            {"params": [*self.r, *self.s], "weight_decay": 0.0},
        ]


def scale_factors(weight_decay: float) -> Callable[[nn.Module], None]:
    """Gradients of factors count once for each member, and their decay pulls towards one."""

    @torch.no_grad()
    def after_gradient(net: nn.Module) -> None:
        assert isinstance(net, BatchEnsemble)
        for factor in [*net.r, *net.s]:
            assert factor.grad is not None
            factor.grad.mul_(net.members).add_(factor - 1, alpha=weight_decay)

    return after_gradient


def latent_kd(teachers: Sequence[nn.Module], temperature: float, perturb: Perturb | None) -> Loss:
    """t^2 times the cross-entropy of member m with the soft predictions of teacher m, the mean over members and batch."""

    def loss(net: nn.Module, batch: Batch) -> Tensor:
        assert isinstance(net, BatchEnsemble)
        seen = batch.images if perturb is None else perturb(net, batch.images)
        with torch.no_grad():
            soft = torch.stack([functional.softmax(teacher(seen) / temperature, 1) for teacher in teachers])
        return -(temperature**2) * (soft * functional.log_softmax(net(seen) / temperature, -1)).sum(-1).mean()

    return loss


def tdiv_sdiv(teachers: Sequence[nn.Module], mean: float, std: float, size: float, seed: int) -> Perturb:
    """A step to where two teachers, drawn again each time, differ more and the same two members less."""
    generator = torch.Generator().manual_seed(2_000 + seed)

    def perturb(net: BatchEnsemble, images: Tensor) -> Tensor:
        a, b = torch.randperm(len(teachers), generator=generator)[:2].tolist()
        x = images.detach().requires_grad_()
        members = net(x, [a, b])
        diversity = _differ(teachers[a](x), teachers[b](x)) - _differ(members[0], members[1])
        # By the chain rule a gradient of pixels is that of images over std, and its direction the same.
        (gradient,) = torch.autograd.grad(diversity, x)
        return moved(images, gradient, mean, std, size)

    return perturb


def gaussian(mean: float, std: float, size: float, seed: int) -> Perturb:
    """Steps as long, of no direction."""
    generator = torch.Generator().manual_seed(2_000 + seed)
    return lambda net, images: moved(images, torch.randn(images.shape, generator=generator), mean, std, size)


def _differ(logits: Tensor, other: Tensor) -> Tensor:
    return -(functional.log_softmax(logits, 1) * functional.softmax(other, 1).detach()).sum(1).mean()


def moved(images: Tensor, direction: Tensor, mean: float, std: float, size: float) -> Tensor:
    """Steps of `size` * sqrt(pixels) in pixel space, no pixel out of [0, 1]."""
    length = size * math.sqrt(images[0].numel())
    norms = direction.flatten(1).norm(dim=1).clamp_min(1e-12).view(-1, 1, 1, 1)
    pixels = (images * std + mean + length * direction / norms).clamp(0, 1)
    return (pixels - mean) / std
