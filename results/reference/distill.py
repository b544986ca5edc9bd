"""Distillation: Hinton's, of one teacher or an ensemble."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from train import Loss


def kd(teachers: Sequence[nn.Module], temperature: float = 4.0, alpha: float = 0.9) -> Loss:
    """(1 - a) CE + a t^2 KL, the mean over the batch; of an ensemble the mean of its soft predictions (Hinton et al., 2015)."""
    for teacher in teachers:
        teacher.eval()

    def loss(net: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
        with torch.no_grad():
            soft = torch.stack([functional.softmax(teacher(images) / temperature, 1) for teacher in teachers]).mean(0)
        logits = net(images)
        divergence = functional.kl_div(functional.log_softmax(logits / temperature, 1), soft, reduction="batchmean")
        return (1 - alpha) * functional.cross_entropy(logits, labels) + alpha * temperature**2 * divergence

    return loss
