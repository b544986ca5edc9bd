"""A ResNet-18 for pictures of CIFAR's size as an ONNX file: python resnet18.py resnet18.onnx [--width 64] [--image 3 32 32].

Put your own weights into it with model.load_state_dict(...) before it is exported; without them it is as PyTorch begins.
"""

import argparse

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride != 1 or before != width:
            self.downsample = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + shortcut)


class ResNet18(nn.Module):
    """He et al. (2016), with a first convolution of 3 × 3 and without its pooling."""

    def __init__(self, width, channels, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        widths = [width, 2 * width, 4 * width, 8 * width]
        for stage, own in enumerate(widths):
            before = widths[max(stage - 1, 0)]
            blocks = [Block(before, own, 1 if stage == 0 else 2), Block(own, own, 1)]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(8 * width, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--image", type=int, nargs=3, default=[3, 32, 32], metavar=("CHANNELS", "HEIGHT", "WIDTH"))
    parser.add_argument("--classes", type=int, default=10)
    given = parser.parse_args()
    torch.manual_seed(0)
    model = ResNet18(given.width, given.image[0], given.classes).eval()
    # PRESERVE keeps batch norm apart from the convolutions, so that what is brought in trains as it did.
    torch.onnx.export(
        model,
        (torch.zeros(2, *given.image),),
        given.path,
        dynamo=False,
        training=torch.onnx.TrainingMode.PRESERVE,
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
        opset_version=17,
    )


if __name__ == "__main__":
    main()
