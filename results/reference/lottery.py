"""Lottery tickets (Frankle & Carbin, 2019) and their controls."""

from collections.abc import Callable
from functools import cache

from data import digits
from networks import LeNet300, kernels
from prune import Masks, all_of, layerwise, shuffled
from task import Arms, Net, Task, below
from train import Recipe


def lottery_demo(seed: int) -> Arms:
    return tickets(seed, epochs=8, rate=0.5)(4)


def lottery(seed: int) -> Arms:
    after = tickets(seed, epochs=20, rate=0.2)
    for rounds in (3, 7, 11):
        yield from below(rounds, after(rounds))


def tickets(seed: int, epochs: int, rate: float) -> Callable[[int], Arms]:
    """Rounds of the same share of each layer's survivors, of the output layer's half of it."""
    recipe = Recipe(1.2e-3, epochs, adam=True)
    task = Task(LeNet300, digits(), recipe, seed)
    *hidden, last = kernels(task.first())
    rates = {**dict.fromkeys(hidden, rate), last: rate / 2}

    def in_rounds(again: Callable[[Net, Masks], Net]) -> Callable[[int], tuple[Net, Masks]]:
        @cache
        def after(rounds: int) -> tuple[Net, Masks]:
            if rounds == 0:
                return task.dense(), all_of(task.dense())
            net, before = after(rounds - 1)
            masks = layerwise(kernels(net), rates, before)
            return again(net, masks), masks

        return after

    ticket = in_rounds(lambda _, masks: task.train(task.first(), pruning=masks))
    finetuned = in_rounds(lambda net, masks: task.train(net, pruning=masks))
    slowly = in_rounds(lambda net, masks: task.train(net, recipe.at(1.2e-4), pruning=masks))

    def one_shot(rounds: int) -> Net:
        at_once = {name: 1 - (1 - one) ** rounds for name, one in rates.items()}
        return task.train(task.first(), pruning=layerwise(kernels(task.dense()), at_once, all_of(task.dense())))

    def after(rounds: int) -> Arms:
        yield "dense", task.arm(task.dense)
        yield "ticket", task.arm(lambda: ticket(rounds)[0])
        yield "reinit", task.arm(lambda: task.train(task.other(), pruning=ticket(rounds)[1]))
        yield "randomMask", task.arm(lambda: task.train(task.first(), pruning=shuffled(ticket(rounds)[1], seed)))
        yield "oneShot", task.arm(lambda: one_shot(rounds))
        yield "finetuned", task.arm(lambda: finetuned(rounds)[0])
        yield "finetuned lr×0.1", task.arm(lambda: slowly(rounds)[0])

    return after
