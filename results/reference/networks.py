"""The networks of the studies, and how their first weights are drawn: each kernel from a generator of the seed's own."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


class LeNet300(nn.Sequential):
    """784-300-100-10 with ReLU; Glorot normal, biases zero."""

    def __init__(self, seed: int, widths: Sequence[int] = (300, 100)) -> None:
        sizes = [784, *widths, 10]
        layers: list[nn.Module] = [nn.Flatten()]
        for fan_in, fan_out in pairwise(sizes):
            layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
        super().__init__(*layers[:-1])
        draw(self, seed, "glorot")


class Conv2(nn.Sequential):
    """Two 3x3 convolutions of 16 and 32 channels, each with ReLU and pooling, and 128 units."""

    def __init__(self, seed: int) -> None:
        super().__init__(
            *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(32 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10)),
        )
        draw(self, seed, "glorot")


class BnConv(nn.Module):
    """3x3 convolutions without bias, each with batch norm and ReLU, strides 2, 2, 1, 1, …; the mean over positions; one linear layer."""

    def __init__(self, widths: Sequence[int], seed: int) -> None:
        super().__init__()
        self.widths = tuple(widths)
        blocks: list[nn.Module] = []
        for place, (fan_in, fan_out) in enumerate(pairwise([1, *widths])):
            conv = nn.Conv2d(fan_in, fan_out, 3, stride=2 if place < 2 else 1, padding=1, bias=False)
            blocks += [conv, nn.BatchNorm2d(fan_out), nn.ReLU()]
        self.features = nn.Sequential(*blocks)
        self.out = nn.Linear(widths[-1], 10)
        draw(self, seed, "he")

    def forward(self, images: Tensor) -> Tensor:
        return self.out(self.features(images).mean(dim=(2, 3)))


def kernels(net: nn.Module) -> dict[str, nn.Parameter]:
    """What can be pruned: neither biases nor batch norm."""
    return {name: parameter for name, parameter in net.named_parameters() if parameter.dim() > 1}


@torch.no_grad()
def draw(net: nn.Module, seed: int, rule: str) -> None:
    """Kernels from a normal distribution by Glorot's or He's rule (of the fan in), biases zero."""
    generator = torch.Generator().manual_seed(seed)
    for kernel in kernels(net).values():
        if rule == "glorot":
            nn.init.xavier_normal_(kernel, generator=generator)
        else:
            nn.init.kaiming_normal_(kernel, nonlinearity="relu", generator=generator)
    for module in net.modules():
        if isinstance(module, nn.Linear | nn.Conv2d) and module.bias is not None:
            module.bias.zero_()
