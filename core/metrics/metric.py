"""What a metric is: its name, how it is written and read, and how it is computed, in one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar, get_args

from core.data.arrays import Floats
from core.metrics.cells import Cells
from core.text.messages import Message

Table = Literal["candidate", "summary", "trend", "comparison", "search"]
"""Tables without room for every metric, or without a use for it: the figures at the top of a candidate; those of a
version and of a batch; trends over time and versions; a challenger beside the champion; what tuning may optimise."""
EVERYWHERE: frozenset[Table] = frozenset(get_args(Table))
ONLY_LISTS: frozenset[Table] = frozenset()
Function = Callable[[Cells, Floats, Floats], Floats]
"""From cells and the positives and negatives in each, both (resamples, cells), to a figure for each resample,
(resamples,); nan where it has no value."""
Item = TypeVar("Item")


class Line(NamedTuple):
    """A value that others are seen against, and what it is called."""

    value: float
    title: Message


@dataclass(frozen=True)
class Metric:
    """What is measured of probabilities against outcomes.

    `key` is its name in runs and files, and stays. `title` is for documents, `abbreviated` for where there is little
    room. `meaning` is what it says to whoever hovers over it, `spec` Python's format of its values. `tables` are those
    of `Table` in which it stands; lists of all metrics have it anyway. `worthless` is what a model has that is worth
    nothing, None where that depends on the rows.

    A metric that `needs_labels` can't be estimated before they come. For the others, `expected` takes the place of
    `function` where positives and negatives are sums of probabilities. With `parts`, the figure is the sum of their
    absolute values, (resamples, parts): noise only ever adds to such a figure, and its interval knows that.
    """

    key: str
    title: Message
    meaning: Message
    spec: str
    function: Function
    better: Literal["higher", "lower"] = "higher"
    abbreviated: Message | None = None
    needs_threshold: bool = False
    needs_labels: bool = True
    tables: frozenset[Table] = EVERYWHERE
    worthless: Line | None = None
    expected: Function | None = None
    parts: Function | None = None

    @property
    def short(self) -> Message:
        """The title where there is little room."""
        return self.abbreviated or self.title

    @property
    def signed(self) -> str:
        """The format of a difference between two values."""
        return f"+{self.spec.removeprefix('+')}"

    def written(self, value: float) -> Message:
        """A value as a part of a sentence, to be written as its reader writes numbers."""
        return Message(f"{{value:{self.spec}}}", {"value": value})

    def worst(self, found: Iterable[Item], value: Callable[[Item], float]) -> Item:
        """The one of several that has the worst value."""
        return (min if self.better == "higher" else max)(found, key=value)
