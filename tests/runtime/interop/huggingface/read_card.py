"""The metadata of a README.md as Hugging Face's own client reads them, and what its weights hold; JSON on stdout."""
import json
import pathlib
import sys

from huggingface_hub import ModelCard
from safetensors import safe_open

folder = pathlib.Path(sys.argv[1])
card = ModelCard.load(folder / "README.md")
data = card.data
with safe_open(folder / "model.safetensors", framework="numpy") as file:
    names, metadata = sorted(file.keys()), file.metadata()
print(json.dumps({
    "model": data.model_name, "license": data.license, "library": data.library_name, "pipeline": data.pipeline_tag,
    "tags": data.tags, "datasets": data.datasets, "names": names, "layout": metadata["layout"],
    "results": [
        {"task": each.task_type, "dataset": each.dataset_type, "split": each.dataset_split, "metric": each.metric_type, "value": each.metric_value}
        for each in data.eval_results
    ],
}))
