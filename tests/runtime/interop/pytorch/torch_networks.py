"""Networks as PyTorch's users write and name them, with weights as after training: NAME.safetensors, and NAME.json with images and logits."""
import json
import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional

sys.path.insert(0, str(pathlib.Path(__file__).parents[4] / "bench"))
from torch_peer import lenet300, vgg11


class Block(nn.Module):
    def __init__(self, before, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.downsample = None
        if stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(before, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        y = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(y)) + (x if self.downsample is None else self.downsample(x)))


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(*(Block(16, 16, 1) for _ in range(3)))
        self.layer2 = nn.Sequential(Block(16, 32, 2), *(Block(32, 32, 1) for _ in range(2)))
        self.layer3 = nn.Sequential(Block(32, 64, 2), *(Block(64, 64, 1) for _ in range(2)))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        y = functional.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer3(self.layer2(self.layer1(y))).mean((2, 3)))


def normed(before, filters, kernel, stride=1, groups=1):
    convolution = nn.Conv2d(before, filters, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(filters), nn.ReLU6())


class Inverted(nn.Module):
    def __init__(self, before, filters, stride, times):
        super().__init__()
        inner = before * times
        expand = [normed(before, inner, 1)] if times > 1 else []
        project = [nn.Conv2d(inner, filters, 1, bias=False), nn.BatchNorm2d(filters)]
        self.conv = nn.Sequential(*expand, normed(inner, inner, 3, stride, inner), *project)
        self.residual = stride == 1 and before == filters

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(nn.Module):
    """torchvision's names; strides for images of 32 x 32."""

    def __init__(self):
        super().__init__()
        layers, before = [normed(3, 32, 3)], 32
        for times, filters, count, stride in (
            *((1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2)),
            *((6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)),
        ):
            for block in range(count):
                layers.append(Inverted(before, filters, stride if block == 0 else 1, times))
                before = filters
        self.features = nn.Sequential(*layers, normed(320, 1280, 1))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 10))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def conv2():
    first = [nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    second = [nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(32 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10))


def save(path, tensors):
    """A safetensors file without its package: a header's length, the header, the data."""
    header, data = {}, b""
    for name in sorted(tensors):
        value = tensors[name].contiguous()
        kind = {torch.float32: "F32", torch.int64: "I64"}[value.dtype]
        content = value.numpy().tobytes()
        header[name] = {"dtype": kind, "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


NETWORKS = {
    "lenet300": (lenet300, (1, 28, 28)),
    "conv2": (conv2, (1, 28, 28)),
    "vgg": (vgg11, (3, 32, 32)),
    "resnet": (ResNet20, (3, 32, 32)),
    "mobilenetV2": (MobileNetV2, (3, 32, 32)),
}

def main(folder):
    torch.manual_seed(0)
    for name, (build, shape) in NETWORKS.items():
        model = build().eval()
        for parameter_name, value in model.state_dict().items():
            if parameter_name.endswith(("running_mean", "bias")):
                value.uniform_(-0.3, 0.3)
            elif value.dim() == 1:
                value.uniform_(0.7, 1.3)
        images = torch.rand(2, *shape)
        with torch.no_grad():
            logits = model(images)
        save(folder / f"{name}.safetensors", model.state_dict())
        channels_last = images.permute(0, 2, 3, 1).flatten().tolist()
        (folder / f"{name}.json").write_text(json.dumps({"images": channels_last, "shape": [2, *shape[1:], shape[0]], "logits": logits.flatten().tolist()}))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
