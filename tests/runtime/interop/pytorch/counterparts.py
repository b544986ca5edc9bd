"""torchvision's, timm's and PyTorch's own classes for networks of ours. Of each NAME.json of a folder: loads NAME.safetensors strictly and prints
its logits; then draws other weights, as after training, and writes them with their logits: NAME-theirs.safetensors and NAME-theirs.json."""
import json
import pathlib
import sys

import timm.models.vision_transformer
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torchvision.models import MobileNetV2, ResNet, VGG
from torchvision.models.resnet import BasicBlock
from torchvision.models.vgg import cfgs, make_layers


class CifarResNet(ResNet):
    """torchvision's blocks and names in three stages; the fourth and the first pooling do nothing."""

    def __init__(self, stem, widths, count):
        super().__init__(BasicBlock, [1, 1, 1, 1], num_classes=10)
        self.inplanes = stem
        self.conv1 = nn.Conv2d(3, stem, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(stem)
        self.maxpool = self.layer4 = nn.Identity()
        self.layer1, self.layer2, self.layer3 = (
            self._make_layer(BasicBlock, width, count, stride=1 if stage == 0 else 2) for stage, width in enumerate(widths)
        )
        self.fc = nn.Linear(widths[2], 10)


def mobilenet():
    """Its strides are for images of 32 x 32."""
    groups = [[1, 16, 1, 1], [6, 24, 2, 1], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]]
    network = MobileNetV2(num_classes=10, inverted_residual_setting=groups)
    network.features[0][0].stride = (1, 1)
    return network


def vgg():
    """Without the last pooling; what comes after the convolutions is the mean and one linear layer."""
    with torch.device("meta"):
        network = VGG(nn.Identity(), init_weights=False)
    network.features = make_layers(cfgs["A"][:-1], batch_norm=True)
    network.avgpool = nn.AdaptiveAvgPool2d(1)
    network.classifier = nn.Linear(512, 10)
    return network


def transformer():
    """Without a class token: the mean over all places, normed before it."""
    shape = {"img_size": 32, "patch_size": 4, "embed_dim": 24, "depth": 2, "num_heads": 3, "mlp_ratio": 2}
    return timm.models.vision_transformer.VisionTransformer(**shape, num_classes=10, class_token=False, global_pool="avg", fc_norm=False)


class LanguageModel(nn.Module):
    """Of layers of their own, or of one module with two."""

    def __init__(self, stacked):
        super().__init__()
        self.embedding = nn.Embedding(11, 7)
        if stacked:
            self.lstm = nn.LSTM(7, 9, num_layers=2, batch_first=True)
        else:
            self.lstm1 = nn.LSTM(7, 12, batch_first=True)
            self.lstm2 = nn.LSTM(12, 9, batch_first=True)
        self.fc = nn.Linear(9, 11)
        self.stacked = stacked

    def forward(self, tokens):
        x = self.embedding(tokens.long())
        return self.fc(self.lstm(x)[0] if self.stacked else self.lstm2(self.lstm1(x)[0])[0])


class Recurrent(nn.Module):
    """Its last layer reads the states that each direction ends with."""

    def __init__(self, kind, widths, both, options):
        super().__init__()
        self.embedding = nn.Embedding(11, 7)
        self.rnn1 = kind(7, widths[0], batch_first=True, bidirectional=both[0], **options[0])
        self.rnn2 = kind(widths[0] * (1 + both[0]), widths[1], batch_first=True, bidirectional=both[1], **options[1])
        self.fc = nn.Linear(widths[1] * (1 + both[1]), 11)

    def forward(self, tokens):
        _, state = self.rnn2(self.rnn1(self.embedding(tokens.long()))[0])
        state = state[0] if isinstance(state, tuple) else state
        return self.fc(torch.cat(tuple(state), -1))


NETWORKS = {
    "resnet": lambda: CifarResNet(16, (16, 32, 64), 3),
    "resnetX4": lambda: CifarResNet(32, (64, 128, 256), 1),
    "mobilenetV2": mobilenet,
    "vgg": vgg,
    "vit": transformer,
    "lstm": lambda: LanguageModel(False),
    "lstmStacked": lambda: LanguageModel(True),
    "lstmBoth": lambda: Recurrent(nn.LSTM, (4, 4), (True, True), ({}, {})),
    "rnn": lambda: Recurrent(nn.RNN, (5, 4), (False, True), ({"nonlinearity": "relu"}, {})),
}

folder = pathlib.Path(sys.argv[1])
torch.manual_seed(0)
found = {}
for name, make in NETWORKS.items():
    if not (folder / f"{name}.json").exists():
        continue
    given = json.loads((folder / f"{name}.json").read_text())
    inputs = torch.tensor(given["inputs"]).reshape(given["shape"])
    if inputs.dim() == 4:
        inputs = inputs.permute(0, 3, 1, 2)
    network = make().eval()
    ours = folder / f"{name}.safetensors"
    with torch.no_grad():
        if ours.exists():
            network.load_state_dict(load_file(ours), strict=True)
            found[name] = network(inputs).flatten().tolist()
        for key, value in network.state_dict().items():
            if key.endswith("running_var"):
                value.uniform_(0.5, 1.5)
            elif value.is_floating_point():
                # As large as it was, so that the logits are of all layers.
                value.copy_(torch.randn_like(value) * (0.1 if value.dim() == 1 else 1 / value[0].numel() ** 0.5))
        logits = network(inputs)
    tensors = {key: value.contiguous() for key, value in network.state_dict().items()}
    save_file(tensors, folder / f"{name}-theirs.safetensors")
    (folder / f"{name}-theirs.json").write_text(json.dumps(logits.flatten().tolist()))
print(json.dumps(found))
