"""
redun's time for a graph of stages that do nothing, in processes of this machine: the graph of `cluster.ts`, one stage and as many that need it.

    python redun_peer.py STAGES WORKERS FOLDER

Prints the version, the seconds of a run that computes all of them, and those of a second one that finds all of them, after the imports.
"""
import logging
import pathlib
import sys
import time
from importlib.metadata import version

from redun import Scheduler, task
from redun.config import Config

redun_namespace = "bench"


@task(executor="workers")
def init() -> list:
    return [0.0] * 10


@task(executor="workers")
def same(weights: list, i: int) -> list:
    return [w + 0 * i for w in weights]


@task()
def wide(stages: int) -> list:
    first = init()
    return [same(first, i) for i in range(stages)]


if __name__ == "__main__":
    stages, workers, folder = int(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    logging.getLogger("redun").setLevel(logging.ERROR)
    folder.mkdir(exist_ok=True)
    config = Config(
        {
            "backend": {"db_uri": f"sqlite:///{folder / 'redun.db'}"},
            "executors.workers": {"type": "local", "mode": "process", "max_workers": workers},
        }
    )
    seconds = []
    for _ in range(2):
        scheduler = Scheduler(config=config)
        scheduler.load()
        start = time.perf_counter()
        results = scheduler.run(wide(stages))
        seconds.append(time.perf_counter() - start)
        assert len(results) == stages
    print(version("redun"), *seconds)
