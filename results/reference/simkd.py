"""SimKD (Chen et al., 2022): the student learns its teacher's last feature map through a projector, and takes over the classifier."""

from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional

from data import Split
from networks import BnConv, draw
from train import Batch, Loss


class Projected(nn.Module):
    """A student's features through the projector, and a classifier: the teacher's, or one of its own."""

    def __init__(self, student: BnConv, teacher_channels: int, seed: int, classifier: nn.Linear | None = None, factor: int = 2) -> None:
        super().__init__()
        narrow = teacher_channels // factor
        self.features = deepcopy(student.features)
        self.projector = nn.Sequential(
            *_block(student.widths[-1], narrow, 1), *_block(narrow, narrow, 3), *_block(narrow, teacher_channels, 1)
        )
        draw(self.projector, seed, "he")
        self.out = nn.Linear(teacher_channels, 10)
        draw(self.out, seed, "he")
        if classifier is not None:
            self.out.load_state_dict(classifier.state_dict())

    def maps(self, images: Tensor) -> Tensor:
        return self.projector(self.features(images))

    def forward(self, images: Tensor) -> Tensor:
        return self.out(self.maps(images).mean(dim=(2, 3)))


def _block(fan_in: int, fan_out: int, size: int) -> list[nn.Module]:
    return [nn.Conv2d(fan_in, fan_out, size, padding=size // 2, bias=False), nn.BatchNorm2d(fan_out), nn.ReLU()]


@torch.no_grad()
def features_of(teacher: BnConv, split: Split) -> Loss:
    """The mean of squared differences over batch, channels and positions: the only loss, so the classifier has no gradient and stays."""
    teacher.eval()
    wanted_of = torch.cat([teacher.features(images) for images in split.images.split(1_000)])

    def loss(net: nn.Module, batch: Batch) -> Tensor:
        assert isinstance(net, Projected)
        wanted, maps = wanted_of[batch.rows], net.maps(batch.images)
        # The larger map is pooled to the smaller one's size.
        size = min(maps.shape[-1], wanted.shape[-1])
        return functional.mse_loss(functional.adaptive_avg_pool2d(maps, size), functional.adaptive_avg_pool2d(wanted, size))

    return loss
