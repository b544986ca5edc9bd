"""What W&B's converter, which `wandb sync --legacy FOLDER` runs, makes of the event files of a folder: rows of its history, JSON on stdout."""
import json
import os
import queue
import sys
import tempfile
import time

import wandb
from wandb.proto import wandb_internal_pb2
from wandb.sdk.interface.interface_queue import InterfaceQueue
from wandb.sdk.internal import handler, tb_watcher
from wandb.sdk.internal.settings_static import SettingsStatic

folder = sys.argv[1]
records, sent = queue.Queue(), queue.Queue()
interface = InterfaceQueue(records)
run = wandb_internal_pb2.RunRecord()
run.run_id, run.project, run.entity = "run", "study", "nobody"
settings = SettingsStatic(dict(wandb.Settings(root_dir=tempfile.mkdtemp(), run_id=run.run_id, x_start_time=time.time())))
handling = handler.HandleManager(settings=settings, record_q=records, result_q=None, stopped=False, writer_q=sent, interface=interface)
watcher = tb_watcher.TBWatcher(settings, run, interface, True)
watcher.add(folder, True, folder)
watcher.finish()
while len(handling) > 0:
    handling.handle(next(handling))
rows = []
while not sent.empty():
    record = sent.get()
    if record.WhichOneof("record_type") == "history":
        rows.append({item.key: json.loads(item.value_json) for item in record.history.item})
print(json.dumps(rows))
