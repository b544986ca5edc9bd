"""The studies: each gives its arms for a seed, by the names that results.md has. What arms share is trained once."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

from torch import nn

from data import Data, digits, f10k
from distill import kd
from latent_be import (
    BatchEnsemble,
    Perturb,
    gaussian,
    latent_kd,
    scale_factors,
    tdiv_sdiv,
)
from networks import BnConv, Conv2, LeNet300, kernels
from prune import all_of, globally, half_the_filters, he_for_masks, layerwise
from simkd import Projected, features_of
from task import OTHER_WEIGHTS, Arms, Net, Task, below, masked
from train import Feedback, Gradual, Measured, Recipe, cosine, step


def dpf(seed: int) -> Arms:
    recipe = Recipe(0.05, 20, step, nesterov=True, weight_decay=1e-4)
    task = Task(LeNet300, f10k(), recipe, seed)
    shorter = cache(lambda: task.train(task.first(), replace(recipe, epochs=15)))

    def at(sparsity: float) -> Arms:
        def one_shot(retrain: Recipe) -> Net:
            return task.train(shorter(), retrain, pruning=globally(kernels(shorter()), sparsity))

        yield "dense", task.arm(task.dense)
        yield "dpf", task.arm(lambda: task.train(task.first(), pruning=Feedback(sparsity, 4)))
        yield "gradual", task.arm(lambda: task.train(task.first(), pruning=Gradual(sparsity, 4)))
        yield "oneShotFinetune", task.arm(lambda: one_shot(recipe.at(1e-2, epochs=5)))
        yield "oneShotRewindLR", task.arm(lambda: one_shot(replace(recipe, epochs=5)))
        yield "oneShot", task.arm(lambda: masked(shorter(), globally(kernels(shorter()), sparsity)))
        yield "dpf p=16", task.arm(lambda: task.train(task.first(), pruning=Feedback(sparsity, 16)))

    for sparsity in (0.9, 0.98, 0.95):
        yield from below(sparsity, at(sparsity))


def hybrid(seed: int) -> Arms:
    recipe = Recipe(1.2e-3, 20, cosine, adam=True)
    task = Task(LeNet300, digits(), recipe, seed)
    teacher = Task(Conv2, digits(), replace(recipe, epochs=8), seed)
    masks = cache(lambda: globally(kernels(task.dense()), 0.9))

    def retrain(start: Callable[[], Net], recipe: Recipe | None = None, taught: bool = False) -> Measured:
        loss = {"loss": kd([teacher.dense()], task.data.train)} if taught else {}
        return task.measured(task.train(start(), recipe, pruning=masks(), **loss))

    yield "dense", task.arm(task.dense)
    yield "teacher", teacher.arm(teacher.dense)
    yield "pruneFinetune", partial(retrain, task.dense, recipe.at(1.2e-4))
    yield "pruneRewind", partial(retrain, task.first)
    yield "pruneReinit", partial(retrain, task.other)
    yield "hybrid", partial(retrain, task.first, taught=True)
    yield "lrRewinding", partial(retrain, task.dense)
    yield "lrRewindingKD", partial(retrain, task.dense, taught=True)
    yield "reinitKD", partial(retrain, task.other, taught=True)


def hybrid_fashion(seed: int) -> Arms:
    recipe = Recipe(1.2e-3, 20, cosine, adam=True)
    task = Task(LeNet300, f10k(), recipe, seed)
    conv = Task(Conv2, f10k(), replace(recipe, epochs=8), seed)
    wide = Task(partial(LeNet300, widths=(1000, 300)), f10k(), replace(recipe, epochs=8), seed)
    masks = cache(lambda: globally(kernels(task.dense()), 0.9))

    yield "dense", task.arm(task.dense)
    yield "convTeacher", conv.arm(conv.dense)
    yield "wideTeacher", wide.arm(wide.dense)
    yield "pruneFinetune", task.arm(lambda: task.train(task.dense(), recipe.at(1.2e-4), pruning=masks()))
    yield "pruneRewind", task.arm(lambda: task.train(task.first(), pruning=masks()))
    yield "hybridConv", task.arm(lambda: task.train(task.first(), pruning=masks(), loss=kd([conv.dense()], task.data.train)))
    yield "hybridWide", task.arm(lambda: task.train(task.first(), pruning=masks(), loss=kd([wide.dense()], task.data.train)))


def dsd(seed: int) -> Arms:
    def on(data: Data, epochs: int, after: int) -> Arms:
        recipe = Recipe(0.05, epochs)
        sparse, last = recipe.at(0.005, after), recipe.at(0.0005, after)
        task = Task(LeNet300, data, recipe, seed)
        continued = cache(lambda: task.train(task.train(task.dense(), sparse), last))

        def at(sparsity: float) -> Arms:
            @cache
            def middle() -> Net:
                weights = kernels(task.dense())
                return task.train(task.dense(), sparse, pruning=layerwise(weights, dict.fromkeys(weights, sparsity), all_of(task.dense())))

            yield "dense", task.arm(task.dense)
            yield "sparse", task.arm(middle)
            yield "denseContinued", task.arm(continued)
            yield "dsd", task.arm(lambda: task.train(middle(), last))

        for sparsity in (0.3, 0.5):
            yield from below(sparsity, at(sparsity))

    yield from below("f10k", on(f10k(), 15, 8))
    yield from below("digits", on(digits(), 20, 10))


def rewinding(seed: int) -> Arms:
    recipe = Recipe(0.1, 20, cosine)
    task = Task(LeNet300, digits(), recipe, seed)
    masks = cache(lambda: globally(kernels(task.dense()), 0.9))

    def retrain(start: Callable[[], Net], recipe: Recipe | None = None) -> Measured:
        return task.measured(task.train(start(), recipe, pruning=masks()))

    yield "dense", task.arm(task.dense)
    yield "finetune lr×0.1", partial(retrain, task.dense, recipe.at(0.01))
    yield "weightRewinding", partial(retrain, task.first)
    yield "lrRewinding", partial(retrain, task.dense)
    yield "weightsOnly", partial(retrain, task.first, recipe.at(0.01))
    yield "reinit", partial(retrain, task.other)
    yield "finetune lr×0.01", partial(retrain, task.dense, recipe.at(0.001))


def rethinking_weights(seed: int) -> Arms:
    recipe = Recipe(0.05, 15, step, weight_decay=1e-4)
    task = Task(LeNet300, f10k(), recipe, seed)

    def at(sparsity: float) -> Arms:
        masks = cache(lambda: globally(kernels(task.dense()), sparsity))

        def scratch(epochs: int) -> Net:
            net = task.other()
            he_for_masks(net, masks(), seed + OTHER_WEIGHTS)
            return task.train(net, replace(recipe, epochs=epochs), pruning=masks())

        yield "dense", task.arm(task.dense)
        # A quarter of 15 epochs, rounded.
        yield "finetune lr=0.001", task.arm(lambda: task.train(task.dense(), recipe.at(1e-3, 4), pruning=masks()))
        yield "finetune lr=0.01", task.arm(lambda: task.train(task.dense(), recipe.at(1e-2, 4), pruning=masks()))
        yield "lrRewinding", task.arm(lambda: task.train(task.dense(), pruning=masks()))
        yield "scratchE", task.arm(lambda: scratch(15))
        # As long as 15 epochs of the dense network, 75 and 300, would be more than four times as many.
        yield "scratchB", task.arm(lambda: scratch(60))

    for sparsity in (0.8, 0.95):
        yield from below(sparsity, at(sparsity))


FILTERS = Recipe(0.05, 15, step, weight_decay=1e-4)


def filters_task(seed: int) -> Task:
    return Task(partial(BnConv, [16, 32, 64]), f10k(), FILTERS, seed)


def batch_norm(seed: int) -> Arms:
    task = filters_task(seed)
    yield "dense", task.arm(task.dense)


def rethinking_filters(seed: int) -> Arms:
    task = filters_task(seed)
    small = cache(lambda: half_the_filters(task.dense()))

    def scratch(epochs: int) -> Net:
        return task.train(BnConv(small().widths, seed + OTHER_WEIGHTS), replace(FILTERS, epochs=epochs))

    # Multiplications of three convolutions at 14 x 14 and 7 x 7 positions, and of the classifier.
    def macs(a: int, b: int, c: int) -> int:
        return 14 * 14 * 9 * a + 7 * 7 * 9 * (a * b + b * c) + 10 * c

    yield "dense", task.arm(task.dense)
    yield "finetune lr=0.001", task.arm(lambda: task.train(small(), FILTERS.at(1e-3, 4)))
    yield "finetune lr=0.01", task.arm(lambda: task.train(small(), FILTERS.at(1e-2, 4)))
    yield "lrRewinding", task.arm(lambda: task.train(small()))
    yield "scratchE", task.arm(lambda: scratch(15))
    yield "scratchB", task.arm(lambda: scratch(int(15 * macs(16, 32, 64) / macs(8, 16, 32))))


def simkd(seed: int) -> Arms:
    small = Recipe(3e-3, 20, cosine, adam=True)
    teacher = Task(partial(BnConv, [16, 32, 64, 64, 64]), f10k(), Recipe(0.05, 15, step), seed)
    student = Task(partial(BnConv, [8, 16, 16]), f10k(), small, seed)

    def projected(classifier: nn.Linear | None) -> Net:
        return Projected(student.first(), 64, seed + OTHER_WEIGHTS, classifier)

    yield "teacher", teacher.arm(teacher.dense)
    yield "ce", student.arm(student.dense)
    # SimKD's authors add the whole of both terms.
    whole = cache(lambda: kd([teacher.dense()], student.data.train, ce=1, kl=1))
    yield "kd", student.arm(lambda: student.train(student.first(), loss=whole()))
    yield "simkd", student.arm(lambda: student.train(projected(teacher.dense().out), loss=features_of(teacher.dense(), student.data.train)))
    yield "projectorCE", student.arm(lambda: student.train(projected(None)))


def latent_be(seed: int) -> Arms:
    members, temperature, size, decay = 4, 4.0, 8 / 255, 5e-4
    recipe = Recipe(0.05, 20, cosine, nesterov=True, weight_decay=decay)
    data = f10k()
    teachers = cache(lambda: [Task(LeNet300, data, recipe, members * seed + member).dense() for member in range(members)])
    student = Task(LeNet300, data, replace(recipe, lr=0.05 / temperature), seed)

    def latent(perturb: Perturb | None) -> Net:
        many = student.train(
            BatchEnsemble(LeNet300(seed), members),
            loss=latent_kd(teachers(), temperature, perturb),
            groups_of=lambda net: net.groups(decay),
            after_gradient=scale_factors(decay),
        )
        return many.merged()

    yield "teacher", student.arm(lambda: teachers()[0])
    yield "ensemble", lambda: student.measured(teachers())
    yield "kd", student.arm(lambda: student.train(student.first(), loss=kd(teachers(), data.train, temperature, ce=0, kl=1)))
    yield "latentBE", student.arm(lambda: latent(None))
    yield "tdivSdiv", student.arm(lambda: latent(tdiv_sdiv(teachers(), data.mean, data.std, size, seed)))
    yield "gaussian", student.arm(lambda: latent(gaussian(data.mean, data.std, size, seed)))
