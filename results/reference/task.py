"""What a study is made of: arms by name, and a task whose dense network is trained when the first arm asks for it."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from functools import cache
from typing import Any, Generic, TypeVar

from torch import nn

from data import Data
from prune import Masks, apply
from train import Measured, Recipe, measure, train

Net = nn.Module
# Of a task, and of what it trains: a student of another kind, or a smaller network.
N = TypeVar("N", bound=nn.Module)
M = TypeVar("M", bound=nn.Module)
Arm = Callable[[], Measured]
Arms = Iterator[tuple[str, Arm]]

OTHER_WEIGHTS = 1_000_000


class Task(Generic[N]):
    """A network, data and a recipe at a seed."""

    def __init__(self, network: Callable[[int], N], data: Data, recipe: Recipe, seed: int) -> None:
        self.network, self.data, self.recipe, self.seed = network, data, recipe, seed
        self.dense = cache(self._dense)

    def first(self) -> N:
        return self.network(self.seed)

    def other(self) -> N:
        return self.network(self.seed + OTHER_WEIGHTS)

    def _dense(self) -> N:
        return self.train(self.first())

    def train(self, net: M, recipe: Recipe | None = None, **options: Any) -> M:
        """A copy of `net`, trained."""
        return train(deepcopy(net), self.data, recipe or self.recipe, self.seed, **options)

    def measured(self, net: Net | Sequence[Net]) -> Measured:
        return measure(net, self.data.test)

    def arm(self, make: Callable[[], Net]) -> Arm:
        return lambda: self.measured(make())


def masked(net: Net, masks: Masks) -> Net:
    net = deepcopy(net)
    apply(net, masks)
    return net


def below(label: object, arms: Arms) -> Arms:
    return ((f"{label}/{name}", arm) for name, arm in arms)
