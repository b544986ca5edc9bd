"""The runs of an experiment on a server, as MLflow's own client reads them; JSON on stdout."""
import json
import sys

from mlflow import MlflowClient

client = MlflowClient(sys.argv[1])
experiment = client.get_experiment_by_name(sys.argv[2])
found = []
for run in client.search_runs([experiment.experiment_id]):
    history = {}
    for name in run.data.metrics:
        history[name] = [[m.timestamp, m.step, m.value] for m in client.get_metric_history(run.info.run_id, name)]
    files = [file.path for file in client.list_artifacts(run.info.run_id)]
    files += [file.path for file in client.list_artifacts(run.info.run_id, "network")]
    found.append({
        "name": run.info.run_name, "status": run.info.status, "started": run.info.start_time, "ended": run.info.end_time,
        "params": run.data.params, "tags": run.data.tags, "metrics": history, "files": files,
    })
print(json.dumps(found))
