"""One training, and what is measured of its end. The optimizers are PyTorch's own."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from data import Data, Split
from networks import kernels
from prune import Masks, apply, globally

BATCH = 64

N = TypeVar("N", bound=nn.Module)


@dataclass(frozen=True)
class Batch:
    images: Tensor
    labels: Tensor
    # Of the training split: what a teacher says of its images can be looked up, since nothing is augmented.
    rows: Tensor


Loss = Callable[[nn.Module, Batch], Tensor]
Groups = list[dict[str, object]]
Schedule = Callable[[float], float]


def constant(at: float) -> float:
    return 1.0


def cosine(at: float) -> float:
    return (1 + math.cos(math.pi * at)) / 2


def step(at: float) -> float:
    return 1.0 if at < 0.5 else 0.1 if at < 0.75 else 0.01


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; the schedule is of the share of steps that are done, 0 to 1."""

    lr: float
    epochs: int
    schedule: Schedule = constant
    adam: bool = False
    nesterov: bool = False
    weight_decay: float = 0.0

    def at(self, lr: float, epochs: int | None = None) -> "Recipe":
        """The same optimizer at a constant rate."""
        return replace(self, lr=lr, schedule=constant, epochs=self.epochs if epochs is None else epochs)

    def of(self, parameters: Groups) -> torch.optim.Optimizer:
        if self.adam:
            return torch.optim.Adam(parameters, lr=self.lr, betas=(0.9, 0.999), eps=1e-8, fused=True)
        return torch.optim.SGD(parameters, lr=self.lr, momentum=0.9, nesterov=self.nesterov, weight_decay=self.weight_decay, fused=True)


def cross_entropy(net: nn.Module, batch: Batch) -> Tensor:
    return functional.cross_entropy(net(batch.images), batch.labels)


class Pruning(Protocol):
    """What happens to masks around a step: `before` is called before step t of T, `between` after the gradient, `after` after the step."""

    def before(self, net: nn.Module, t: int, total: int) -> None: ...
    def between(self, net: nn.Module) -> None: ...
    def after(self, net: nn.Module) -> None: ...
    def end(self, net: nn.Module, total: int) -> None: ...


class Fixed:
    """A mask that stays: applied again after each step, since momentum and Adam go on moving what is zero."""

    def __init__(self, masks: Masks) -> None:
        self.masks = masks

    def before(self, net: nn.Module, t: int, total: int) -> None:
        if t == 0:
            apply(net, self.masks)

    def between(self, net: nn.Module) -> None: ...

    def after(self, net: nn.Module) -> None:
        apply(net, self.masks)

    def end(self, net: nn.Module, total: int) -> None: ...


def cubic(sparsity: float, at: float, end: float = 0.75) -> float:
    """Zhu & Gupta's ramp from 0."""
    return sparsity - sparsity * (1 - min(at / end, 1)) ** 3


class Gradual(Fixed):
    """Gradual magnitude pruning: a growing mask from the masked weights, so nothing returns."""

    def __init__(self, sparsity: float, every: int) -> None:
        self.sparsity, self.every = sparsity, every
        self.masks: Masks = {}

    def before(self, net: nn.Module, t: int, total: int) -> None:
        if t % self.every == 0:
            self._refresh(net, t / total)

    def end(self, net: nn.Module, total: int) -> None:
        self._refresh(net, 1.0)

    def _refresh(self, net: nn.Module, at: float) -> None:
        self.masks = globally(kernels(net), cubic(self.sparsity, at), self.masks or None)
        apply(net, self.masks)


class Feedback:
    """Dynamic pruning with feedback: w <- w - lr * g(m * w), the mask from the dense w (Lin et al., 2020)."""

    def __init__(self, sparsity: float, every: int) -> None:
        self.sparsity, self.every = sparsity, every
        self.masks: Masks = {}
        self.dense: dict[str, Tensor] = {}

    def before(self, net: nn.Module, t: int, total: int) -> None:
        if t % self.every == 0:
            self.masks = globally(kernels(net), cubic(self.sparsity, t / total))
        self.dense = {name: kernel.detach().clone() for name, kernel in kernels(net).items()}
        apply(net, self.masks)

    @torch.no_grad()
    def between(self, net: nn.Module) -> None:
        for name, kernel in kernels(net).items():
            kernel.copy_(self.dense[name])

    def after(self, net: nn.Module) -> None: ...

    def end(self, net: nn.Module, total: int) -> None:
        self.masks = globally(kernels(net), self.sparsity)
        apply(net, self.masks)


def train(
    net: N,
    data: Data,
    recipe: Recipe,
    seed: int,
    *,
    pruning: Pruning | Masks | None = None,
    loss: Loss = cross_entropy,
    groups_of: Callable[[nn.Module], Groups] | None = None,
    after_gradient: Callable[[nn.Module], None] | None = None,
) -> N:
    """Trains `net` in place. The order of the data is the seed's: the same in each training of a seed."""
    masks: Pruning | None = Fixed(pruning) if isinstance(pruning, dict) else pruning
    optimizer = recipe.of([{"params": list(net.parameters())}] if groups_of is None else groups_of(net))
    order = torch.Generator().manual_seed(1_000 + seed)
    split, t = data.train, 0
    batches = len(split.labels) // BATCH
    total = batches * recipe.epochs
    net.train()
    for _ in range(recipe.epochs):
        permutation = torch.randperm(len(split.labels), generator=order)
        for rows in permutation[: batches * BATCH].split(BATCH):
            for group in optimizer.param_groups:
                group["lr"] = recipe.lr * recipe.schedule(t / total)
            if masks is not None:
                masks.before(net, t, total)
            optimizer.zero_grad()
            value = loss(net, Batch(split.images[rows], split.labels[rows], rows))
            value.backward()
            if masks is not None:
                masks.between(net)
            if after_gradient is not None:
                after_gradient(net)
            optimizer.step()
            if masks is not None:
                masks.after(net)
            t += 1
    if masks is not None:
        masks.end(net, total)
    if not math.isfinite(value.item()):
        raise ArithmeticError(f"the training diverged: its last loss is {value.item()}")
    return net


@dataclass(frozen=True)
class Measured:
    """On the test set: the share that is right, and the mean negative log-likelihood."""

    accuracy: float
    loss: float


@torch.no_grad()
def measure(nets: nn.Module | Sequence[nn.Module], split: Split) -> Measured:
    """Of several networks the mean of their probabilities."""
    members = [nets] if isinstance(nets, nn.Module) else nets
    for net in members:
        net.eval()
    logs = [
        torch.logsumexp(torch.stack([functional.log_softmax(net(images), 1) for net in members]), 0) - math.log(len(members))
        for images in split.images.split(1_000)
    ]
    predicted = torch.cat(logs)
    right = (predicted.argmax(1) == split.labels).float().mean().item()
    return Measured(right, functional.nll_loss(predicted, split.labels).item())
