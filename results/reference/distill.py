"""Distillation: Hinton's, of one teacher or an ensemble."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from data import Split
from train import Batch, Loss


@torch.no_grad()
def kd(teachers: Sequence[nn.Module], split: Split, temperature: float = 4.0, ce: float = 0.1, kl: float = 0.9) -> Loss:
    """ce CE + kl t^2 KL, the mean over the batch; of an ensemble the mean of its soft predictions (Hinton et al., 2015)."""
    for teacher in teachers:
        teacher.eval()
    soft = torch.cat(
        [
            torch.stack([functional.softmax(teacher(images) / temperature, 1) for teacher in teachers]).mean(0)
            for images in split.images.split(1_000)
        ]
    )

    def loss(net: nn.Module, batch: Batch) -> Tensor:
        logits = net(batch.images)
        student = functional.log_softmax(logits / temperature, 1)
        divergence = functional.kl_div(student, soft[batch.rows], reduction="batchmean")
        return ce * functional.cross_entropy(logits, batch.labels) + kl * temperature**2 * divergence

    return loss
