"""Small networks of PyTorch's as ONNX files, each exported in several ways, with the logits that PyTorch gives: FOLDER [NAME]."""

import json
import logging
import sys
import warnings
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)


class Residual(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.block1 = nn.Conv2d(width, 2 * width, 3, stride=2, padding=1, bias=False)
        self.block1_bn = nn.BatchNorm2d(2 * width)
        self.downsample = nn.Conv2d(width, 2 * width, 1, stride=2, bias=False)
        self.fc = nn.Linear(2 * width, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = F.relu(self.block1_bn(self.block1(x)) + self.downsample(x))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class Mobile(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.depthwise = nn.Conv2d(8, 8, 5, stride=1, padding=2, groups=8, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.reduce = nn.Conv2d(8, 4, 1)
        self.expand = nn.Conv2d(4, 8, 1)
        self.project = nn.Conv2d(8, 6, 1)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(6, 10))

    def forward(self, x):
        x = F.hardswish(self.stem(x))
        y = F.relu6(self.norm(self.depthwise(x)))
        scale = F.hardsigmoid(self.expand(F.relu(self.reduce(F.adaptive_avg_pool2d(y, 1)))))
        x = F.silu(self.project(x + scale * y))
        return self.classifier(x.mean([2, 3]))


class ConvNext(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 4, stride=4)
        self.dwconv = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.norm = nn.LayerNorm(8, eps=1e-6)
        self.pwconv1 = nn.Linear(8, 16)
        self.pwconv2 = nn.Linear(16, 8)
        self.gamma = nn.Parameter(torch.linspace(0.5, 1.5, 8))
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        x = self.stem(x)
        y = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        y = self.gamma * self.pwconv2(F.gelu(self.pwconv1(y)))
        return self.head((x + y.permute(0, 3, 1, 2)).mean([-2, -1]))


class Shuffle(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.grouped = nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=2)
        self.dense = nn.Conv2d(4, 4, 3, padding=1)
        self.last = nn.Linear(16, 10)

    def forward(self, x):
        x = F.leaky_relu(self.grouped(F.mish(self.first(x))), 0.1)
        b, c, h, w = x.shape
        x = x.view(b, 2, c // 2, h, w).transpose(1, 2).reshape(b, c, h, w)
        left, right = x.chunk(2, 1)
        x = torch.cat([left, F.elu(self.dense(right)), x], 1)
        return self.last(F.adaptive_max_pool2d(x, 1).flatten(1))


class Upward(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 6, 3, padding=1)
        self.up = nn.ConvTranspose2d(6, 4, 3, stride=2, padding=1, output_padding=1)
        self.pool = nn.AvgPool2d(3, 2, 1)
        self.norm = nn.BatchNorm1d(64)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = torch.sigmoid(self.down(F.pad(x, (1, 0, 0, 1))))
        x = torch.tanh(self.up(F.avg_pool2d(self.pool(x), 2)))
        x = F.max_pool2d(x, 3, 2, ceil_mode=True)[:, :, :, :4]
        return self.fc(self.norm(x.reshape(x.size(0), -1)))


class Tokens(nn.Module):
    """A mixer: tokens of patches, dense layers over tokens and over channels, a gate."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, stride=4)
        self.position = nn.Parameter(torch.linspace(-1, 1, 16 * 8).reshape(1, 16, 8))
        self.norm = nn.LayerNorm(8)
        self.over_tokens = nn.Linear(16, 16)
        self.over_channels = nn.Linear(8, 8)
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2) + self.position
        x = x + self.over_tokens(self.norm(x).transpose(1, 2)).transpose(1, 2)
        x = x * torch.softmax(self.over_channels(x), -1) - 0.5 * x
        return F.softmax(self.head((1 - x / 3).mean(1)), -1)


networks = {
    "residual": Residual,
    "mobile": Mobile,
    "convnext": ConvNext,
    "shuffle": Shuffle,
    "upward": Upward,
    "tokens": Tokens,
}
ways = ["preserved", "folded", "fixed", "dynamo"]


def exported(model, images, path, way):
    if way.startswith("dynamo"):
        batch = torch.export.Dim("batch")
        torch.onnx.export(
            model, (images,), path, dynamo=True, optimize=way == "dynamo", dynamic_shapes=({0: batch},), external_data=True, verbose=False
        )
    else:
        training = torch.onnx.TrainingMode.EVAL if way == "folded" else torch.onnx.TrainingMode.PRESERVE
        axes = {} if way == "fixed" else {"input": {0: "batch"}}
        torch.onnx.export(model, (images,), path, dynamo=False, training=training, input_names=["input"], dynamic_axes=axes, opset_version=17)


def main(folder, only=None):
    for name, make in networks.items():
        if only not in (None, name):
            continue
        torch.manual_seed(0)
        model = make()
        with torch.no_grad():
            for each in model.modules():
                if isinstance(each, (nn.BatchNorm1d, nn.BatchNorm2d)):
                    for values, low, high in [(each.weight, 0.7, 1.3), (each.bias, -0.3, 0.3), (each.running_mean, -0.3, 0.3), (each.running_var, 0.7, 1.3)]:
                        values.uniform_(low, high)
        model.eval()
        # Our order is [batch, height, width, channels].
        images = torch.sin(torch.arange(2 * 16 * 16 * 3, dtype=torch.float64)).float().reshape(2, 16, 16, 3).permute(0, 3, 1, 2).contiguous()
        logits = model(images).detach()
        for way in (ways + ["dynamo-plain"] if name == "residual" else ways) if only is None else ["preserved"]:
            at = Path(folder) / f"{name}-{way}"
            exported(model, images, f"{at}.onnx", way)
            at.with_suffix(".json").write_text(json.dumps(logits.flatten().tolist()))


if __name__ == "__main__":
    main(*sys.argv[1:])
