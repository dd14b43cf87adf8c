"""Trains candidates with PyCaret's estimators and measures each one the same way."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict, Unpack

import numpy as np
import pandas as pd

from core.data.encoding import model_input
from core.data.split import refuse_seed
from core.metrics import evaluation
from core.metrics.registry import METRICS, listed
from core.text.errors import CourtsideError
from core.text.messages import Message, Progress, message, silent
from core.training import algorithms, portability, search
from core.training.algorithms import ALGORITHMS, Recipe, names, recipe, title
from core.training.folds import ALONE, Units, units
from core.training.search import ALIKE

if TYPE_CHECKING:
    from pycaret.classification import ClassificationExperiment
    from sklearn.pipeline import Pipeline

    from core.data.arrays import Floats, Ints
    from core.data.contract import Contract
    from core.data.split import PreparedSplit
    from core.training.search import Emphasis, Folds, Trial

ASSIGNMENT = ("lr", "lr_tuned", "dt", "dt_tuned")
PRESETS: dict[str, tuple[Message, tuple[str, ...]]] = {
    "assignment": (message("As in the assignment"), ASSIGNMENT),
    "quick": (message("Quick: three fast ones"), ("lr", "lda", "hgb")),
    "best": (message("Best: boosted trees among them"), ("lr", "hgb", "hgb_tuned", "lightgbm_tuned", "blend")),
    "retrain": (message("For retraining: boosted trees"), ("hgb", "lightgbm", "blend")),
}
NO_FOLD = -1
"""The fold of a row that none held out: of folds forward in time the earliest rows are only learned from."""
USED_UP = message("the time budget was used up")
TOLD_EVERY = 0.25
"""Seconds between two reports of progress."""

log = logging.getLogger("courtside.training")


@dataclass(frozen=True)
class Candidate:
    """One trained model and what was measured of it.

    `pipeline` is plain scikit-learn over `model_input` frames. `out_of_fold` holds a probability per training
    row from a model that has not seen the row, `fold` the fold it was left out with (NaN and `NO_FOLD` for none),
    `test` one per test row. `check` are rows of every kind that a model may meet and `pycaret_check` what PyCaret's own
    pipeline predicts for them.
    """

    name: str
    algorithm: str
    tuned: bool
    pipeline: Pipeline
    parameters: dict[str, object]
    out_of_fold: Floats
    fold: Ints
    test: Floats
    check: pd.DataFrame
    pycaret_check: Floats
    cv_metrics: dict[str, float | None]
    test_metrics: dict[str, float | None]


@dataclass(frozen=True)
class Failure:
    """A candidate that came to nothing, and why; the others stand."""

    name: str
    reason: Message


def chosen(preset: str = "assignment", candidates: Sequence[str] = ()) -> list[str]:
    """The names of the candidates to train: those given ("rf", "rf_tuned", "rf_isotonic", ...), else the preset's. An
    unknown name is a `CourtsideError` that lists the known ones.

    >>> chosen(candidates=["rf_tuned", "lr"])
    ['lr', 'rf_tuned']
    """
    known = [name for algorithm in ALGORITHMS for name in names(algorithm)]
    if not candidates and preset not in PRESETS:
        raise CourtsideError(
            message("There is no preset {name}.", name=preset), message("Choose among {names}.", names=list(PRESETS))
        )
    wanted = list(dict.fromkeys(candidates or PRESETS[preset][1]))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise CourtsideError(
            message("There is no candidate {names}.", names=unknown),
            message(
                "Choose among {names}, each also with _tuned behind it, and with _isotonic or _sigmoid behind that.",
                names=list(ALGORITHMS),
            ),
        )
    return sorted(wanted, key=known.index)


class Effort(TypedDict, total=False):
    """How a training compares its candidates; the fields of `Search` beside them."""

    folds: int
    iterations: int
    seed: int
    metric: str


class Asked(Effort, total=False):
    """What may be asked of `Search.of`."""

    preset: str
    candidates: Sequence[str]


@dataclass(frozen=True)
class Search:
    """What a training tries, and how it compares: `candidates` by their names, on `folds` stratified folds. A tuned
    one is the best of `iterations` settings drawn at random from PyCaret's grid, and of the plain ones, by `metric`
    (of those that the registry lists for "search")."""

    candidates: Sequence[str] = ASSIGNMENT
    folds: int = 10
    iterations: int = 10
    seed: int = 10
    metric: str = "log_loss"

    @classmethod
    def of(cls, *, preset: str = "assignment", candidates: Sequence[str] = (), **how: Unpack[Effort]) -> Search:
        """Of the candidates named, else of a preset's. An unknown name or metric and a seed that no generator takes
        are a `CourtsideError`."""
        made, known = cls(chosen(preset, candidates), **how), [metric.key for metric in listed("search")]
        refuse_seed(made.seed)
        if made.metric not in known:
            raise CourtsideError(
                message("There is no search metric {name}.", name=made.metric),
                message("Choose among {names}.", names=known),
            )
        return made


@dataclass(frozen=True)
class Budget:
    """How long a training may take: once the `clock`, in seconds, has passed the `deadline`, no candidate and no
    setting of a search is begun."""

    clock: Callable[[], float] = lambda: 0.0
    deadline: float = math.inf

    def spent(self) -> bool:
        """Whether there is no time left."""
        return self.clock() >= self.deadline


AS_ASSIGNED, UNLIMITED = Search(), Budget()


def train(
    split: PreparedSplit,
    contract: Contract,
    plan: Search = AS_ASSIGNED,
    *,
    jobs: int = -1,
    budget: Budget = UNLIMITED,
    emphasis: Emphasis = ALIKE,
    progress: Progress = silent,
) -> Iterator[Candidate | Failure]:
    """Yields each candidate in turn; one that goes wrong is a `Failure`, and the others stand.

    Every training row fits the final models, as its `emphasis` says. The out-of-fold probabilities come of folds of the
    split's own kind (`core.training.folds`), in which the transformers are fitted too. The test rows are predicted once
    per candidate. What there is no time for is
    a `Failure` too.
    """
    from sklearn.model_selection import StratifiedKFold

    usual = StratifiedKFold(plan.folds, shuffle=True, random_state=plan.seed)  # PyCaret wants one, and never uses it
    told = _Progress(plan, budget.clock, progress)
    told(message("Starting PyCaret"))
    experiment = algorithms.experiment(split, contract, usual, plan.seed, jobs)
    rows, target = model_input(split.train, contract), split.train[contract.target].to_numpy()
    together, _ = units(split, contract)
    splits = together.folds(target, plan.folds, plan.seed)
    with search.laid_out(rows, target, splits, jobs, emphasis, together) as laid:
        work = _Work(split, contract, plan, experiment, laid, told, budget, emphasis.weights, together)
        for name in plan.candidates:
            told.begin(name)
            if budget.spent():
                yield Failure(name, USED_UP)
                continue
            try:
                yield _candidate(name, work)
            except Exception as error:  # an algorithm of a library can fail in any way; the reason is its own
                log.warning("candidate %s failed", name, exc_info=True)
                yield Failure(name, _reason(error))
    told(message("Candidates trained"))


def fits(plan: Search) -> int:
    """How many fits `train` makes, the total of its progress."""
    return _Progress(plan, UNLIMITED.clock, silent).total


@dataclass
class _Progress:
    """How far a training is: fits done of those planned, the best so far, and the time left at the present pace."""

    plan: Search
    clock: Callable[[], float]
    progress: Progress
    done: int = 0
    best: tuple[float, str] = (math.inf, "")
    name: str = ""
    pace: dict[str, float] = field(default_factory=dict)
    """Seconds a fit, by candidate, of those begun."""
    _began: tuple[float, int] = (0.0, 0)
    _told: float = -math.inf

    def planned(self, name: str) -> int:
        """The fits of a candidate, but for what one before it will have found."""
        asked = recipe(name)
        before = [recipe(other) for other in self.candidates[: self.candidates.index(name)]]
        known = {made for other in before for made in (other.algorithm, other.searched)}
        settings = 0 if asked.algorithm in known else 1
        settings += self.plan.iterations if asked.tuned and asked.searched not in known else 0
        settings += 1 if asked.calibration else 0
        return settings * self.plan.folds

    @property
    def candidates(self) -> list[str]:
        return list(self.plan.candidates)

    @property
    def total(self) -> int:
        return sum(map(self.planned, self.candidates))

    def __call__(self, what: Message) -> None:
        self._told = self.clock()
        self.progress(min(self.done, self.total), self.total, what)

    def begin(self, name: str) -> None:
        """The next candidate; what the one before left out counts as done."""
        position = self.candidates.index(name)
        self.done = sum(map(self.planned, self.candidates[:position]))
        self.name, self._began = name, (self.clock(), self.done)
        self(message("Training {candidate}", candidate=title(name)))

    def fit(self) -> None:
        """One fit more."""
        self.done += 1
        now = self.clock()
        began, before = self._began
        self.pace[self.name] = (now - began) / max(self.done - before, 1)
        if now - self._told >= TOLD_EVERY:
            self(self._sentence(self.done - before))

    def tried(self, trial: Trial, name: str) -> None:
        """A setting is measured."""
        if trial.log_loss < self.best[0]:
            self.best = trial.log_loss, name

    def _sentence(self, fits: int) -> Message:
        what = message(
            "{candidate}: fit {fit:,} of {fits:,}", candidate=title(self.name), fit=fits, fits=self.planned(self.name)
        )
        if self.best[1]:
            what = message(
                "{what} · best so far {loss:.4f} ({candidate}, cross-validated log loss)",
                what=what, loss=self.best[0], candidate=title(self.best[1]),
            )  # fmt: skip
        return message("{what} · about {seconds:,.0f} s left", what=what, seconds=self._left(fits))

    def _left(self, fits: int) -> float:
        # An algorithm that has not begun is taken to be as slow as the average of those that have.
        by_algorithm = {recipe(name).algorithm: pace for name, pace in self.pace.items()}
        usual = sum(by_algorithm.values()) / len(by_algorithm)
        later = self.candidates[self.candidates.index(self.name) + 1 :]
        waiting = sum(self.planned(name) * by_algorithm.get(recipe(name).algorithm, usual) for name in later)
        return max(self.planned(self.name) - fits, 0) * self.pace[self.name] + waiting


@dataclass(frozen=True)
class _Work:
    """What every candidate of a training shares; `found` keeps the best trial of what is searched, by its name."""

    split: PreparedSplit
    contract: Contract
    plan: Search
    experiment: ClassificationExperiment
    laid: Folds
    told: _Progress
    budget: Budget
    weights: Floats | None = None
    units: Units = ALONE
    found: dict[str, Trial] = field(default_factory=dict)


def _candidate(name: str, work: _Work) -> Candidate:
    asked = recipe(name)
    untrained = algorithms.untrained(work.experiment, work.contract, asked.algorithm, work.plan.seed)
    if work.weights is not None and not algorithms.weighs(untrained):
        raise CourtsideError(
            message("its rows can't count differently, as these do"), message("Choose another algorithm.")
        )
    trial = _searched(asked, untrained, work)
    untrained.named_steps["model"].set_params(**trial.parameters)
    if asked.calibration:
        untrained = algorithms.recalibrated(untrained, asked.calibration, work.plan.seed)
        trial = _tried(untrained, [{}], name, work)
    return _measured(name, algorithms.fitted(work.experiment, untrained, work.units, work.weights), trial, work)


def _searched(asked: Recipe, untrained: Pipeline, work: _Work) -> Trial:
    """The best trial of an algorithm, plain or searched; what an earlier candidate has found is not searched again."""
    if asked.searched not in work.found:
        if asked.algorithm not in work.found:
            work.found[asked.algorithm] = _tried(untrained, [{}], asked.algorithm, work)
        if asked.tuned:
            grid = algorithms.grid(work.experiment, asked.algorithm)
            settings = search.drawn(grid, work.plan.iterations, work.plan.seed)
            plain = work.found[asked.algorithm]
            work.found[asked.searched] = _tried(untrained, settings, asked.searched, work, plain)
    return work.found[asked.searched]


def _tried(
    pipeline: Pipeline, settings: Sequence[Mapping[str, object]], name: str, work: _Work, plain: Trial | None = None
) -> Trial:
    """The best trial among `settings` and `plain`, the first of equals. When none can be fitted, its own error."""
    enough = work.budget.spent if plain else UNLIMITED.spent
    fitted: list[Trial] = []
    error: Exception = CourtsideError(USED_UP, message("Give more seconds, or choose fewer candidates."))
    metric = METRICS[work.plan.metric]
    for trial in search.trials(work.laid, pipeline, settings, metric, after_fit=work.told.fit, enough=enough):
        if trial.error is not None:
            error = trial.error
            continue
        work.told.tried(trial, name)
        # Only the best is kept: each holds a probability for every row.
        fitted = [max([*fitted, trial], key=lambda one: one.score)]
    if not fitted:
        raise error
    return max([plain, *fitted] if plain else fitted, key=lambda one: one.score)


def _measured(name: str, pipeline: Pipeline, trial: Trial, work: _Work) -> Candidate:
    split, contract = work.split, work.contract
    truth = split.train[contract.target].to_numpy()
    fold = np.full(len(truth), NO_FOLD)
    for number, (_, left_out) in enumerate(work.laid.splits):
        fold[left_out] = number
    per_fold = pd.DataFrame([evaluation.metrics(truth[fold], trial.out_of_fold[fold]) for _, fold in work.laid.splits])
    rows = model_input(split.test, contract)
    test = pipeline.predict_proba(rows)[:, 1]
    check = portability.check_rows(rows, contract)
    asked = recipe(name)
    return Candidate(
        name=name,
        algorithm=asked.algorithm,
        tuned=asked.tuned,
        pipeline=pipeline,
        parameters=pipeline.named_steps["model"].get_params(),
        out_of_fold=trial.out_of_fold,
        fold=fold,
        test=test,
        check=check,
        pycaret_check=algorithms.saved_probabilities(work.experiment, pipeline, check),
        cv_metrics=per_fold.mean().to_dict(),
        test_metrics=evaluation.metrics(split.test[contract.target].to_numpy(), test),
    )


def _reason(error: Exception) -> Message:
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    if isinstance(error, CourtsideError):
        return error.message
    if isinstance(error, TerminatedWorkerError | MemoryError):
        return message("memory ran out while it was trained")
    return message("{error}", error=str(error).strip().split("\n")[0][:200] or type(error).__name__)
