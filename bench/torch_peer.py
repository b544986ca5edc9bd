"""The other side of the engine's benchmarks: the networks of networks.ts in PyTorch, eager or compiled (inductor: network and optimizer).

python torch_peer.py THREADS contiguous|channels_last [cpu|cuda] [compiled]; then one request a line on standard input, `NETWORK STEPS` or `product TIMES`,
and one line of JSON as the answer.
"""
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional

CLASSES = 10
LEARNING_RATE, MOMENTUM, WEIGHT_DECAY = 0.01, 0.9, 1e-4
WARM_UP = 3
SIZE = 1024  # rows and columns of the matrices whose product shows what a processor can do


def lenet300():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU(), nn.Linear(100, CLASSES)
    )


def cnn(norm):
    def conv(before, after):
        return [nn.Conv2d(before, after, 3, bias=not norm), *([nn.BatchNorm2d(after)] if norm else []), nn.ReLU()]

    head = [nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64 * 12 * 12, 128), nn.ReLU(), nn.Linear(128, CLASSES)]
    return nn.Sequential(*conv(1, 32), *conv(32, 64), *head)


def vgg11():
    layers, before = [], 3
    for i, group in enumerate(([64], [128], [256, 256], [512, 512], [512, 512])):
        if i > 0:
            layers.append(nn.MaxPool2d(2))
        for width in group:
            layers += [nn.Conv2d(before, width, 3, 1, 1), nn.BatchNorm2d(width), nn.ReLU()]
            before = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, CLASSES))


class Block(nn.Module):
    def __init__(self, before, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, filters, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(filters)
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut = nn.Sequential(nn.Conv2d(before, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        y = functional.relu(self.norm1(self.conv1(x)))
        return functional.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


def resnet20():
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    width = 16
    for filters in (16, 32, 64):
        for _ in range(3):
            layers.append(Block(width, filters, 1 if filters == width else 2))
            width = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, CLASSES))


DIGITS, CIFAR = (64, 1, 28, 28), (128, 3, 32, 32)
NETWORKS = {
    "lenet300": (lenet300, DIGITS),
    "cnn": (lambda: cnn(False), DIGITS),
    "cnn-bn": (lambda: cnn(True), DIGITS),
    "resnet20": (resnet20, CIFAR),
    "vgg11": (vgg11, CIFAR),
}


def training(name, layout, device, compiled):
    build, shape = NETWORKS[name]
    torch.manual_seed(0)
    model = build().train().to(device, memory_format=layout)
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY)
    images = torch.rand(shape).contiguous(memory_format=layout).to(device)
    labels = (torch.arange(shape[0]) % CLASSES).to(device)
    forward, update = model, optimizer.step
    if compiled:
        # Each network's optimizer is compiled on its own.
        torch._dynamo.config.recompile_limit = 64
        forward, update = torch.compile(model), torch.compile(optimizer.step)

    def train(steps):
        loss = float("nan")
        for _ in range(steps):
            optimizer.zero_grad()
            value = functional.cross_entropy(forward(images), labels)
            value.backward()
            update()
            loss = value.item()
        return loss

    return train


def product(device):
    left, right = torch.rand(SIZE, SIZE, device=device), torch.rand(SIZE, SIZE, device=device)

    def multiply(times):
        for _ in range(times):
            corner = (left @ right)[0, 0].item()
        return corner

    return multiply


def main():
    torch.set_num_threads(int(sys.argv[1]))
    layout = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}[sys.argv[2]]
    device = sys.argv[3] if len(sys.argv) > 3 else "cpu"
    compiled = "compiled" in sys.argv[4:]
    trainings = {}
    for line in sys.stdin:
        name, steps = line.split()
        if name not in trainings:
            trainings[name] = product(device) if name == "product" else training(name, layout, device, compiled)
            trainings[name](WARM_UP)
        start = time.perf_counter()
        loss = trainings[name](int(steps))
        milliseconds = (time.perf_counter() - start) * 1000 / int(steps)
        answer = {"milliseconds": milliseconds, "loss": loss, "version": torch.__version__}
        print(json.dumps(answer | ({"gflop": 2 * SIZE**3 / 1e9} if name == "product" else {})), flush=True)


if __name__ == "__main__":
    main()
