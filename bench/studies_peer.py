"""The studies of studies.pipeline.ts in PyTorch, with the loops of results/reference: trained one after another, what arms share once.

python studies_peer.py STUDY EPOCHS TRIALS THREADS shared|alone|compiled; with `alone` every arm trains all that it needs itself, with `compiled` arms share
and every network is compiled (inductor) before its training.
"""

import sys
from copy import deepcopy
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "results/reference"))

import torch

import task
from data import digits
from distill import kd
from lottery import tickets
from networks import Conv2, LeNet300, kernels
from prune import globally
from task import Arms, Net, Task, below
from train import Feedback, Measured, Recipe, cosine, train

SPARSITIES = (0.5, 0.7, 0.8, 0.9, 0.95)


def main_job(seed: int, epochs: int) -> Arms:
    recipe = Recipe(1.2e-3, epochs, cosine, adam=True)
    task = Task(LeNet300, digits(), recipe, seed)
    teacher = Task(Conv2, digits(), replace(recipe, epochs=max(1, round(0.4 * epochs))), seed)
    masks = cache(lambda: globally(kernels(task.dense()), 0.9))

    def taught() -> Net:
        return task.train(task.first(), pruning=masks(), loss=kd([teacher.dense()], task.data.train))

    yield "dense", task.arm(task.dense)
    yield "teacher", teacher.arm(teacher.dense)
    yield "pruneFinetune", task.arm(lambda: task.train(task.dense(), recipe.at(1.2e-4), pruning=masks()))
    yield "ticket", task.arm(lambda: task.train(task.first(), pruning=masks()))
    yield "reinit", task.arm(lambda: task.train(task.other(), pruning=masks()))
    yield "hybrid", task.arm(taught)


def plain(seed: int, epochs: int) -> tuple[Task[LeNet300], Recipe]:
    recipe = Recipe(0.1, epochs)
    return Task(LeNet300, digits(), recipe, seed), recipe


def grid(seed: int, epochs: int) -> Arms:
    task, recipe = plain(seed, epochs)

    @cache
    def dense() -> dict[int, Net]:
        """The network after none, one, two and all of the epochs."""
        kept, net = {0: task.first()}, task.first()
        for before, after in ((0, 1), (1, 2), (2, epochs)):
            net = task.train(net, replace(recipe, epochs=after - before))
            kept[after] = deepcopy(net)
        return kept

    def again(sparsity: float, at: int) -> Measured:
        masks = globally(kernels(dense()[epochs]), sparsity)
        return task.measured(task.train(dense()[at], replace(recipe, epochs=epochs - at), pruning=masks))

    for sparsity in SPARSITIES:
        yield from below(sparsity, ((name, partial(again, sparsity, at)) for at, name in enumerate(("start", "one", "two"))))


def lottery(seed: int, epochs: int) -> Arms:
    return ((name, arm) for name, arm in tickets(seed, epochs, 0.5)(4) if name in ("dense", "ticket", "reinit"))


def retraining(seed: int, epochs: int) -> Arms:
    task, recipe = plain(seed, epochs)
    masks = cache(lambda: globally(kernels(task.dense()), 0.9))
    yield "dense", task.arm(task.dense)
    yield "finetune", task.arm(lambda: task.train(task.dense(), recipe.at(0.01), pruning=masks()))
    yield "weightRewinding", task.arm(lambda: task.train(task.first(), pruning=masks()))
    yield "lrRewinding", task.arm(lambda: task.train(task.dense(), pruning=masks()))
    yield "reinit", task.arm(lambda: task.train(task.other(), pruning=masks()))


def feedback(seed: int, epochs: int) -> Arms:
    task, recipe = plain(seed, epochs)
    yield "dense", task.arm(task.dense)
    yield "dpf", task.arm(lambda: task.train(task.first(), pruning=Feedback(0.9, 4)))
    yield "oneShot", task.arm(lambda: task.train(task.dense(), recipe.at(0.01), pruning=globally(kernels(task.dense()), 0.9)))


STUDIES = {"main": main_job, "grid": grid, "lottery": lottery, "retraining": retraining, "feedback": feedback}


def compiled(net: Net, *recipe: Any, **options: Any) -> Net:
    net.compile()
    return train(net, *recipe, **options)


def run(study: str, epochs: int, trials: int, alone: bool) -> None:
    for seed in range(trials):
        arms = list(STUDIES[study](seed, epochs))
        for place, (name, arm) in enumerate(arms):
            measured = list(STUDIES[study](seed, epochs))[place][1]() if alone else arm()
            print(f"{study} seed {seed} {name}: {100 * measured.accuracy:.2f} %")


torch.set_num_threads(int(sys.argv[4]))
if sys.argv[5] == "compiled":
    # Each network of a study is another module, which is compiled on its own.
    torch._dynamo.config.recompile_limit = 1000
    task.train = compiled
run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[5] == "alone")
