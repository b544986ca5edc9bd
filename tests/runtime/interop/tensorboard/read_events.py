"""The scalars and hyperparameters of each run below a folder, as TensorBoard itself reads them; JSON on stdout."""
import json
import os
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

found = {}
for folder, _, files in os.walk(sys.argv[1]):
    if not any("tfevents" in name for name in files):
        continue
    events = EventAccumulator(folder, size_guidance={"scalars": 0})
    events.Reload()
    scalars = {tag: [[e.wall_time, e.step, e.value] for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    parameters = {}
    for content in events.PluginTagToContent("hparams").values():
        data = plugin_data_pb2.HParamsPluginData.FromString(content)
        for name, value in data.session_start_info.hparams.items():
            parameters[name] = getattr(value, value.WhichOneof("kind"))
    found[os.path.relpath(folder, sys.argv[1])] = {"scalars": scalars, "parameters": parameters}
print(json.dumps(found))
