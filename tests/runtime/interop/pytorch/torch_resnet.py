"""Loads resnet.safetensors from a folder into a ResNet-20 of PyTorch's, strictly, and prints its logits for images.json."""
import json
import pathlib
import sys

import torch
from torch_networks import ResNet20

folder = pathlib.Path(sys.argv[1])
content = (folder / "resnet.safetensors").read_bytes()
start = 8 + int.from_bytes(content[:8], "little")
header = json.loads(content[8:start])
header.pop("__metadata__", None)
tensors = {}
for name, entry in header.items():
    begin, end = entry["data_offsets"]
    tensors[name] = torch.frombuffer(bytearray(content[start + begin : start + end]), dtype=torch.float32).reshape(entry["shape"])
model = ResNet20().eval()
model.load_state_dict(tensors, strict=True)
images = torch.tensor(json.loads((folder / "images.json").read_text())).reshape(2, 32, 32, 3).permute(0, 3, 1, 2)
with torch.no_grad():
    print(json.dumps(model(images).flatten().tolist()))
