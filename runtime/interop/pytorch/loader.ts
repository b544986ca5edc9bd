/** `load.py` builds an exported network from its list of modules. It needs only PyTorch and is the same for all networks. */

const mark = '"""Made by Espalier.'

export const loader = `${mark} Builds the network of a safetensors file that lies beside it as a module of PyTorch.

    from load import load
    network = load("network.safetensors")        # in evaluation; network.train() trains it further
    logits = network(network.normalised(images)) # images: [batch, channels, height, width], pixels in [0, 1]

Of its own it prints what a file holds: python load.py network.safetensors
"""
import json
import sys

import torch
from torch import nn
from torch.nn import functional


def activated(x, activation=None, most=None, slope=None, **_):
    if activation is None:
        return x
    if activation == "clip":
        return torch.clamp(x, 0, most)
    if activation == "leaky_relu":
        return functional.leaky_relu(x, slope)
    if activation == "softmax":
        return functional.softmax(x, dim=1 if x.dim() == 4 else -1)
    return getattr(functional if hasattr(functional, activation) else torch, activation)(x)


def padded(x, pads, value=0.0):
    top, left, bottom, right = pads
    return functional.pad(x, (left, right, top, bottom), value=value) if any(pads) else x


class Convolution(nn.Conv2d):
    def __init__(self, window, strides, dilations, groups, pads, bias, activation, **sizes):
        same = pads[:2] == pads[2:]
        padding = tuple(pads[:2]) if same else 0
        super().__init__(sizes["in"], sizes["out"], tuple(window), tuple(strides), padding, tuple(dilations), groups, bias)
        self.uneven = (0, 0, 0, 0) if same else pads
        self.activation = activation

    def forward(self, x):
        return activated(super().forward(padded(x, self.uneven)), self.activation)


class Linear(nn.Linear):
    def __init__(self, bias, activation, **sizes):
        super().__init__(sizes["in"], sizes["out"], bias)
        self.activation = activation

    def forward(self, x):
        return activated(super().forward(x), self.activation)


def recurrent(kind):
    class Recurrent(kind):
        def __init__(self, bias, every, both=False, nonlinearity=None, **sizes):
            options = {} if nonlinearity is None else {"nonlinearity": nonlinearity}
            super().__init__(sizes["in"], sizes["out"], bias=bias, batch_first=True, bidirectional=both, **options)
            self.every = every

        def forward(self, x):
            steps, state = super().forward(x)
            # Of each direction the state after its own last step.
            return steps if self.every else (state[0] if isinstance(state, tuple) else state).transpose(0, 1).flatten(1)

    return Recurrent


class Embedding(nn.Embedding):
    def forward(self, x):
        return super().forward(x.long())


def norm(channels, flat, epsilon, momentum):
    return (nn.BatchNorm1d if flat else nn.BatchNorm2d)(channels, epsilon, momentum)


class Operation(nn.Module):
    """A module without weights."""

    def __init__(self, **options):
        super().__init__()
        self.options = options

    def forward(self, *inputs):
        return self.compute(*inputs, **self.options)


def operation(compute):
    return type(compute.__name__.title(), (Operation,), {"compute": staticmethod(compute)})


def maximum(x, window, strides=None, pads=None):
    if window is None:
        return torch.amax(x, (2, 3))
    return functional.max_pool2d(padded(x, pads, float("-inf")), window, strides)


def mean(x, window, strides=None, pads=None):
    if window is None:
        return torch.mean(x, (2, 3))
    pooled = functional.avg_pool2d(padded(x, pads), window, strides)
    # What was added at the edges is not counted.
    return pooled / functional.avg_pool2d(padded(torch.ones_like(x[:1, :1]), pads), window, strides) if any(pads) else pooled


def attention(x, size, causal):
    """From query, key and value of all heads [batch, length, 3 x heads x size] to what the heads give, [batch, length, heads x size]."""
    query, key, value = x.unflatten(2, (3, -1, size)).permute(2, 0, 3, 1, 4)
    return functional.scaled_dot_product_attention(query, key, value, is_causal=causal).transpose(1, 2).flatten(2)


KINDS = {
    "activation": operation(activated),
    "attention": operation(attention),
    "concatenation": operation(lambda *inputs: torch.cat(inputs, 1)),
    "convolution": Convolution,
    "dropout": lambda rate: nn.Dropout(rate),
    "embedding": lambda tokens, features: Embedding(tokens, features),
    "flatten": lambda: nn.Flatten(),
    "layer_norm": lambda features, epsilon: nn.LayerNorm(features, epsilon),
    "linear": Linear,
    "lstm": recurrent(nn.LSTM),
    "maximum": operation(maximum),
    "mean": operation(mean),
    "mean_of_places": operation(lambda x: x.mean(1)),
    "norm": norm,
    "pad": operation(padded),
    "places": operation(lambda x: x.flatten(2).transpose(1, 2)),
    "rnn": recurrent(nn.RNN),
    "sum": operation(lambda *inputs: sum(inputs[1:], inputs[0])),
}


class Network(nn.Module):
    """Its modules are where PyTorch's users have them: layer1.0.conv1, fc."""

    def __init__(self, modules, metadata):
        super().__init__()
        self.steps = [(each["name"], each["reads"]) for each in modules]
        self.metadata = metadata
        for each in modules:
            *path, last = each["name"].split(".")
            at = self
            for part in path:
                if not hasattr(at, part):
                    at.add_module(part, nn.Module())
                at = getattr(at, part)
            if each["kind"] == "positions":
                at.register_parameter(last, nn.Parameter(torch.zeros(1, each["options"]["places"], each["options"]["features"])))
            else:
                at.add_module(last, KINDS[each["kind"]](**each["options"]))
        for name in ("mean", "std"):
            values = torch.tensor(json.loads(metadata.get(name, "[]")) or [float(name == "std")])
            self.register_buffer(f"pixel_{name}", values, persistent=False)

    def normalised(self, x):
        """What the network was trained on: channel by channel, (x - mean) / std of the training examples."""
        shape = (1, -1, *(1 for _ in x.shape[2:]))
        return (x - self.pixel_mean.view(shape)) / self.pixel_std.view(shape)

    def forward(self, x):
        values = {"input": x}
        for name, reads in self.steps:
            given = [values[each] for each in reads]
            *path, last = name.split(".")
            module = getattr(self.get_submodule(".".join(path)), last)
            values[name] = given[0] + module if isinstance(module, nn.Parameter) else module(*given)
        return values[self.steps[-1][0]]


def read(path):
    """The tensors and the metadata of a safetensors file."""
    with open(path, "rb") as file:
        content = bytearray(file.read())
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = torch.frombuffer(content, dtype=torch.float32, count=(end - begin) // 4, offset=start + begin).reshape(entry["shape"])
    return tensors, metadata


def load(path):
    tensors, metadata = read(path)
    if "network" not in metadata:
        raise ValueError(f"{path} does not say how the network is built: export it with loader: true")
    network = Network(json.loads(metadata["network"]), metadata)
    missing, unexpected = network.load_state_dict(tensors, strict=False)
    # A norm without a scale or a shift has those it begins with.
    lacking = [name for name in missing if not name.endswith("num_batches_tracked") and not isinstance(network.get_submodule(name.rpartition(".")[0]), (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm))]
    if lacking or unexpected:
        raise ValueError(f"{path}: its tensors are not those of its network: {lacking + unexpected}")
    return network.eval()


if __name__ == "__main__":
    network = load(sys.argv[1])
    print(network)
    print(f"{sum(value.numel() for value in network.parameters()):,} parameters")
    for name, value in network.metadata.items():
        if name != "network":
            print(f"{name}: {value}")
`

/** Whether a file is a `load.py` of any version. */
export const isLoader = (content: Uint8Array): boolean => Buffer.from(content.subarray(0, mark.length)).toString() === mark
