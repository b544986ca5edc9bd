"""Small recurrent networks and transformers of PyTorch's as ONNX files, exported in three ways, with the logits that PyTorch gives: FOLDER [NAME]."""

import json
import logging
import sys
import warnings
from pathlib import Path

import torch
from torch import nn

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

length, vocabulary = 7, 20


class Recurrent(nn.Module):
    """`read` says what the last layer reads: the last step, the last state, or every step."""

    def __init__(self, kind, read="step", layers=1, both=False, tokens=True, batch_first=True, **options):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 6) if tokens else nn.Identity()
        self.rnn = getattr(nn, kind)(6, 5, num_layers=layers, batch_first=batch_first, bidirectional=both, **options)
        self.fc = nn.Linear(5 * (1 + both), 10)
        self.read, self.turned = read, not batch_first

    def forward(self, x):
        x = self.embedding(x)
        steps, state = self.rnn(x.transpose(0, 1) if self.turned else x)
        state = state[0] if isinstance(state, tuple) else state
        if self.read == "every":
            return self.fc(steps)
        if self.read == "both":
            return self.fc(steps.mean(1) + state[-1])
        return self.fc(state[-1] if self.read == "state" else steps[-1] if self.turned else steps[:, -1])


class Encoder(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 8)
        self.position = nn.Parameter(torch.linspace(-1, 1, length * 8).reshape(1, length, 8))
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, **options)
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        return self.fc(self.layer(self.embedding(x) + self.position).mean(1))


def vision(**options):
    import timm

    return timm.create_model("vit_tiny_patch16_224", img_size=16, patch_size=4, embed_dim=12, depth=2, num_heads=3, num_classes=10, **options)


networks = {
    "lstm": lambda: Recurrent("LSTM"),
    "lstm-both": lambda: Recurrent("LSTM", layers=2, both=True),
    "lstm-state": lambda: Recurrent("LSTM", "state", layers=2),
    "lstm-every": lambda: Recurrent("LSTM", "every", bias=False),
    "lstm-numbers": lambda: Recurrent("LSTM", "both", tokens=False),
    "lstm-turned": lambda: Recurrent("LSTM", batch_first=False),
    "rnn": lambda: Recurrent("RNN", "state", nonlinearity="relu"),
    "encoder": lambda: Encoder(activation="gelu"),
    "encoder-norm-first": lambda: Encoder(norm_first=True),
    "vit": lambda: vision(),
    "vit-mean": lambda: vision(class_token=False, global_pool="avg", fc_norm=False),
}
ways = ["open", "fixed", "dynamo"]


def inputs(name):
    if name.startswith("vit"):
        # Our order is [batch, height, width, channels].
        return torch.sin(torch.arange(2 * 16 * 16 * 3, dtype=torch.float64)).float().reshape(2, 16, 16, 3).permute(0, 3, 1, 2).contiguous()
    if name == "lstm-numbers":
        return torch.sin(torch.arange(2 * length * 6, dtype=torch.float64)).float().reshape(2, length, 6)
    return (torch.arange(2 * length) * 7 % vocabulary).reshape(2, length)


def exported(model, x, path, way):
    if way == "dynamo":
        shapes = ({0: torch.export.Dim("batch")},)
        torch.onnx.export(model, (x,), path, dynamo=True, dynamic_shapes=shapes, external_data=False, verbose=False)
    else:
        axes = {"input": {0: "batch"}} if way == "open" else {}
        torch.onnx.export(model, (x,), path, dynamo=False, input_names=["input"], dynamic_axes=axes, opset_version=17)


def main(folder, only=None):
    for name, make in networks.items():
        if only not in (None, name):
            continue
        torch.manual_seed(0)
        model = make()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.copy_(torch.randn_like(parameter) * 0.3 + (0.5 if parameter.dim() == 1 else 0))
        model.eval()
        x = inputs(name)
        logits = model(x).detach()
        # dynamo writes an RNN step by step, without the operator.
        for way in ways[:2] if name == "rnn" else ways:
            at = Path(folder) / f"{name}-{way}"
            exported(model, x, f"{at}.onnx", way)
            at.with_suffix(".json").write_text(json.dumps({"input": x.permute(0, 2, 3, 1).flatten().tolist() if x.dim() == 4 else x.flatten().tolist(), "logits": logits.flatten().tolist()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
