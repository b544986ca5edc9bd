"""One step of a network in PyTorch and float64, from the layers that tf.layers describes.

python torch_step.py DESCRIPTION.json INPUTS.f32 RESULT.f64 writes the loss, every gradient and batch norm's statistics behind one
another, and prints their names with their lengths.
"""
import ctypes
import json
import sys

import torch
from torch.nn import functional

description_path, inputs_path, result_path = sys.argv[1:]
with open(description_path) as file:
    description = json.load(file)
with open(inputs_path, "rb") as file:
    numbers = torch.frombuffer(bytearray(file.read()), dtype=torch.float32).double()


def take(shape):
    global numbers
    count = 1
    for size in shape:
        count *= size
    taken, numbers = numbers[:count].reshape(shape).clone(), numbers[count:]
    return taken


parameters = {}
for parameter in description["parameters"]:
    parameters[parameter["name"]] = take(parameter["shape"]).requires_grad_(parameter["trainable"])
images = take(description["images"]).permute(0, 3, 1, 2)
labels = take([description["images"][0], description["classes"]])


def padding(config, x):
    """TensorFlow's: half of what is missing, the odd one at the end."""
    if config["padding"] == "valid":
        return x
    pads = []
    for size, window, stride in zip(reversed(x.shape[2:]), reversed(config["kernelSize"]), reversed(config["strides"])):
        missing = max((-(-size // stride) - 1) * stride + window - size, 0)
        pads += [missing // 2, missing - missing // 2]
    return functional.pad(x, pads)


def activated(config, x):
    if config.get("activation", "linear") == "linear":
        return x
    assert config["activation"] == "tanh", config
    return torch.tanh(x)


def apply(layer, inputs):
    name, config, kind = layer["name"], layer["config"], layer["kind"]
    x = inputs[0] if inputs else images
    own = {role: parameters.get(f"{name}/{role}") for role in ("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance")}
    if kind == "InputLayer":
        return x
    if kind == "Conv2D":
        weight = own["kernel"].permute(3, 2, 0, 1)
        return activated(config, functional.conv2d(padding(config, x), weight, own["bias"], config["strides"]))
    if kind == "DepthwiseConv2D":
        height, width, channels, times = own["kernel"].shape
        weight = own["kernel"].permute(2, 3, 0, 1).reshape(channels * times, 1, height, width)
        return activated(config, functional.conv2d(padding(config, x), weight, own["bias"], config["strides"], groups=channels))
    if kind == "Dense":
        return activated(config, x @ own["kernel"] + (0 if own["bias"] is None else own["bias"]))
    if kind == "BatchNormalization":
        statistics = own["moving_mean"], own["moving_variance"]
        return functional.batch_norm(x, *statistics, own["gamma"], own["beta"], True, 1 - config["momentum"], config["epsilon"])
    if kind == "Flatten":
        return (x.permute(0, 2, 3, 1) if x.dim() == 4 else x).reshape(x.shape[0], -1)
    if kind in ("Activation", "ReLU"):
        return torch.tanh(x)
    if kind in ("MaxPooling2D", "AveragePooling2D"):
        assert config["padding"] == "valid", config
        return functional.avg_pool2d(x, config["poolSize"], config["strides"])
    if kind == "GlobalAveragePooling2D":
        return x.mean((2, 3))
    if kind == "ZeroPadding2D":
        (top, bottom), (left, right) = config["padding"]
        return functional.pad(x, (left, right, top, bottom))
    if kind == "Add":
        return sum(inputs[1:], inputs[0])
    raise NotImplementedError(f"torch_step.py has no {kind}: {config}")


given = {}
for layer in description["layers"]:
    given[layer["name"]] = apply(layer, [given[name] for name in layer["inputs"]])
loss = functional.cross_entropy(given[description["layers"][-1]["name"]], labels)
loss.backward()

results = {"loss": loss.detach().reshape(1)}
results |= {f"gradient:{name}": value.grad for name, value in parameters.items() if value.requires_grad}
results |= {f"after:{name}": value for name, value in parameters.items() if not value.requires_grad}
with open(result_path, "wb") as file:
    for value in results.values():
        value = value.contiguous()
        file.write(ctypes.string_at(value.data_ptr(), value.numel() * 8))
print(json.dumps([[name, value.numel()] for name, value in results.items()]))
