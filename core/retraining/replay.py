"""The project's own history once more, window after window as it arrived: what each way to retrain would have given.

Every row is predicted before its label is looked at, and learned from only afterwards (prequential: Gama, Sebastião and
Rodrigues, "On evaluating stream learning algorithms", 2013). A window's labels come before the next window does: what
is retrained after a window has learned from it, and is in force from the next one on. A policy sees what monitoring
would have shown it, by the same code: each model keeps a part of its rows out as the reference that its windows are
held against. All strategies see the same rows, and what two of them would train alike is trained once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.data.arrays import Floats, Texts
from core.data.encoding import model_input
from core.data.split import split
from core.metrics.evaluation import metrics
from core.monitoring.unlabelled import Side, Unlabelled, without_labels
from core.monitoring.verdict import Assessment, Known, assess
from core.retraining import policies, standings
from core.retraining.strategies import Course, Step, Strategy
from core.text.errors import CourtsideError
from core.text.messages import Message, Progress, message, silent
from core.text.stored import known

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from core.data.contract import Contract
    from core.retraining.limits import Evidence

Predict = Callable[[pd.DataFrame], Floats]
Fit = Callable[[pd.DataFrame], Predict]
"""Learns from rows (features and target) and returns what gives other rows their probabilities."""
FEWEST_ROWS, FEWEST_OF_A_CLASS = 100, 10
"""What a model needs to learn from, its reference included."""
FEWEST_WINDOWS = 2
"""Windows after the first model: with one, no retraining would ever be used."""


@dataclass(frozen=True)
class History:
    """Labelled rows in their order: features and target (0/1) as the contract names them, the label of each row's
    window, and the day of each, or None where time is no date. Of more rows than are replayed, every `step`-th is here.
    """

    rows: pd.DataFrame
    contract: Contract
    window: Texts
    day: Floats | None = None
    step: int = 1


@dataclass(frozen=True)
class Learner:
    """The algorithm that is replayed: it learns from all windows so far, or from the last `memory` of them (more where
    these are too few), keeps `test_share` of their rows out as the reference, and predicts the positive class from
    `threshold` on."""

    fit: Fit
    memory: int = 0
    test_share: float = 0.2
    threshold: float = 0.5


@dataclass(frozen=True)
class Replay:
    """What every strategy came to on the `windows` after those that trained the first model (`learned`).

    `advised` is the strategy with the fewest retrainings among those that no other one surely beats; `conclusion` says
    so in a sentence.
    """

    learned: tuple[str, ...]
    windows: tuple[str, ...]
    rows: int
    courses: tuple[Course, ...]
    advised: str
    conclusion: Message

    def course(self, key: str) -> Course:
        return next(course for course in self.courses if course.strategy.key == key)

    def as_dict(self) -> dict[str, Any]:
        """JSON that `from_dict` reads back; its sentences can still be rendered in either language."""
        lists = {name: list(getattr(self, name)) for name in ("learned", "windows")}
        courses = [course.as_dict() for course in self.courses]
        return {**vars(self), **lists, "courses": courses, "conclusion": self.conclusion.as_dict()}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Replay:
        lists = {name: tuple(stored[name]) for name in ("learned", "windows")}
        courses = tuple(map(Course.from_dict, stored["courses"]))
        return cls(
            **{**known(cls, stored), **lists, "courses": courses, "conclusion": Message.from_dict(stored["conclusion"])}
        )


def refit(pipeline: Pipeline, contract: Contract) -> Fit:
    """Fits fresh copies of a pipeline, the champion's for one: the same algorithm with the same settings."""
    from sklearn.base import clone

    def fit(rows: pd.DataFrame) -> Predict:
        model = clone(pipeline).fit(model_input(rows, contract), rows[contract.target].to_numpy())
        return lambda some: model.predict_proba(model_input(some, contract))[:, 1]

    return fit


def replay(
    history: History,
    strategies: Sequence[Strategy],
    learner: Learner,
    *,
    first: int = 3,
    past: int = 10,
    seed: int = 10,
    progress: Progress = silent,
) -> Replay:
    """Walks through the windows once with all strategies side by side; the first of these is what the others are held
    against, and never retrains.

    The `first` windows train the first model. `past` windows of a model tell how well its estimates did, as in
    monitoring. Too little history is a `CourtsideError`.
    """
    walk = _Walk(history, learner, past, seed)
    walk.refuse_too_little(first)
    models = dict.fromkeys([strategy.key for strategy in strategies], (0, first))
    steps: dict[str, list[Step]] = {strategy.key: [] for strategy in strategies}
    told: dict[str, list[Floats]] = {strategy.key: [] for strategy in strategies}
    for window in range(first, len(walk.labels)):
        progress(
            window - first, len(walk.labels) - first, message("Replaying {window}", window=str(walk.labels[window]))
        )
        for strategy in strategies:
            learned = models[strategy.key]
            told[strategy.key].append(walk.predicted(learned, window))
            retrain, reasons = walk.decided(strategy, learned, window)
            steps[strategy.key].append(walk.step(learned, window, retrain, reasons))
            if retrain:
                models[strategy.key] = walk.span(window)
        walk.forget(set(models.values()))
    targets = [walk.target(window) for window in range(first, len(walk.labels))]
    probabilities = {key: np.concatenate(parts) for key, parts in told.items()}
    courses = standings.courses(strategies, steps, targets, probabilities)
    rows = sum(map(len, targets))
    best = standings.advised(courses, targets, probabilities)
    labels = tuple(walk.labels.tolist())
    advice = standings.conclusion(best, rows)
    return Replay(labels[:first], labels[first:], rows, courses, best.strategy.key, advice)


@dataclass
class _Model:
    predict: Predict
    reference: Side


Span = tuple[int, int]
"""The windows that a model has learned from: the first, and the one after the last."""


@dataclass
class _Walk:
    history: History
    learner: Learner
    past: int
    seed: int
    models: dict[Span, _Model] = field(default_factory=dict)
    told: dict[tuple[Span, int], Floats] = field(default_factory=dict)
    assessments: dict[tuple[Span, int, bool], Assessment] = field(default_factory=dict)
    unlabelled: dict[tuple[Span, int], Unlabelled] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.contract = self.history.contract
        self.labels, codes = np.unique(self.history.window.astype(str), return_inverse=True)
        self.places = [np.flatnonzero(codes == code) for code in range(len(self.labels))]

    def rows(self, start: int, stop: int | None = None) -> pd.DataFrame:
        return self.history.rows.iloc[np.concatenate(self.places[start : start + 1 if stop is None else stop])]

    def target(self, window: int) -> Floats:
        return self.rows(window)[self.contract.target].to_numpy()

    def refuse_too_little(self, first: int) -> None:
        if not 1 <= first <= len(self.labels) - FEWEST_WINDOWS:
            raise CourtsideError(
                message(
                    "The history has {count} windows: {first} to train the first model leave too few to replay.",
                    count=len(self.labels), first=first,
                ),
                message("Make windows shorter, or let fewer of them train the first model."),
            )  # fmt: skip
        if not self.enough(0, first):
            raise CourtsideError(
                message(
                    "The first {first} windows hold {rows:,} rows, too few or of one outcome only to train on.",
                    first=first, rows=len(self.rows(0, first)),
                ),
                message("Let more windows train the first model, or make windows longer."),
            )  # fmt: skip

    def enough(self, start: int, stop: int) -> bool:
        """Whether these windows suffice to train on."""
        counts = np.bincount(self.rows(start, stop)[self.contract.target].astype(int), minlength=2)
        return bool(counts.sum() >= FEWEST_ROWS and counts.min() >= FEWEST_OF_A_CLASS)

    def span(self, window: int) -> Span:
        """What is learned from after a window."""
        start = max(0, window + 1 - self.learner.memory) if self.learner.memory else 0
        while start and not self.enough(start, window + 1):
            start -= 1
        return start, window + 1

    def model(self, learned: Span) -> _Model:
        if learned not in self.models:
            parts = split(self.rows(*learned), self.contract, test_share=self.learner.test_share, seed=self.seed)
            predict = self.learner.fit(parts.train)
            reference = Side(parts.test, predict(parts.test), parts.test[self.contract.target].to_numpy())
            self.models[learned] = _Model(predict, reference)
        return self.models[learned]

    def predicted(self, learned: Span, window: int) -> Floats:
        key = learned, window
        if key not in self.told:
            self.told[key] = self.model(learned).predict(self.rows(window))
        return self.told[key]

    def forget(self, in_force: set[Span]) -> None:
        """Models that no strategy uses any more go, and what was asked of them."""
        self.models = {learned: model for learned, model in self.models.items() if learned in in_force}
        self.told = {key: told for key, told in self.told.items() if key[0] in in_force}
        self.assessments.clear()
        self.unlabelled.clear()

    def decided(self, strategy: Strategy, learned: Span, window: int) -> tuple[bool, tuple[Message, ...]]:
        """Whether a strategy retrains after a window, and why or why not."""
        if window == len(self.labels) - 1:
            return False, ()
        if strategy.every:
            since = window + 1 - learned[1]
            reason = message("Windows since the last training: {count}.", count=since)
            return since >= strategy.every, (reason,)
        if strategy.policy is None:
            return False, ()
        decision = policies.decide(strategy.policy, self.evidence(strategy, learned, window))
        return decision.retrain, decision.reasons

    def evidence(self, strategy: Strategy, learned: Span, window: int) -> Evidence:
        """What monitoring would have found, with the window's labels only for who looks at them."""
        assessment = self.assessed(learned, window, strategy.needs_labels)
        before = self.before_labels(learned, window) if strategy.looks_before_labels else None
        days, rows = self.elapsed(learned, window)
        return policies.evidence(assessment, before, days=days, rows=rows)

    def assessed(self, learned: Span, window: int, labelled: bool) -> Assessment:
        key = learned, window, labelled
        if key not in self.assessments:
            target = self.target(window) if labelled else None
            now = Side(self.rows(window), self.predicted(learned, window), target)
            before = self.model(learned).reference
            look = Known(look=window + 1 - learned[1])
            self.assessments[key] = assess(self.contract, before, now, self.learner.threshold, self.seed, look)
        return self.assessments[key]

    def before_labels(self, learned: Span, window: int) -> Unlabelled:
        key = learned, window
        if key not in self.unlabelled:
            before, now = self.model(learned).reference, Side(self.rows(window), self.predicted(learned, window))
            earlier = self.earlier(learned, window)
            self.unlabelled[key] = without_labels(
                self.contract, before, now, self.learner.threshold, self.seed, earlier
            )
        return self.unlabelled[key]

    def earlier(self, learned: Span, window: int) -> list[tuple[Floats, Floats]]:
        """The model's windows before this one, whose labels have come, newest first."""
        found = [(self.target(one), self.predicted(learned, one)) for one in range(learned[1], window)]
        return [one for one in reversed(found) if len(np.unique(one[0])) == 2][: self.past]

    def elapsed(self, learned: Span, window: int) -> tuple[float | None, int]:
        """Days, where they are known, and rows since the model has learned."""
        rows = sum(len(place) for place in self.places[learned[1] : window + 1])
        if self.history.day is None:
            return None, rows
        ends = [float(self.history.day[self.places[one]].max()) for one in (learned[1] - 1, window)]
        return ends[1] - ends[0], rows

    def step(self, learned: Span, window: int, retrain: bool, reasons: tuple[Message, ...]) -> Step:
        found = metrics(self.target(window), self.predicted(learned, window), self.learner.threshold)
        label, until = str(self.labels[window]), str(self.labels[learned[1] - 1])
        loss = found["log_loss"]
        assert loss is not None, "rows have a log loss"
        return Step(label, len(self.places[window]), until, loss, found["skill"], found["roc_auc"], retrain, reasons)
