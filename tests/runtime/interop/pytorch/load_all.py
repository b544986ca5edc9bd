"""Loads each NAME.safetensors of a folder with the load.py beside it, and prints its logits for NAME.json's images, and what it is."""
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(folder))
import torch
from load import load

found = {}
for file in sorted(folder.glob("*.safetensors")):
    given = json.loads(file.with_suffix(".json").read_text())
    network = load(file)
    images = torch.tensor(given["images"]).reshape(given["shape"])
    with torch.no_grad():
        logits = network(network.normalised(images) if given["pixels"] else images)
    state = {name: list(value.shape) for name, value in network.state_dict().items()}
    found[file.stem] = {"logits": logits.flatten().tolist(), "state": state}
print(json.dumps(found))
