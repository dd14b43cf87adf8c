"""Run `Treinamento`, with a child run per candidate."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd

from core.data.encoding import model_input
from core.data.identity import clustered
from core.metrics import clusters
from core.metrics.cells import row_losses
from core.metrics.recorded import HIGH, LOW, on_folds, on_test
from core.store import settings, tracking
from core.text.errors import CourtsideError, NothingYet
from core.text.messages import Message, Progress, message, silent
from core.training import training as pure
from core.training.algorithms import title
from core.training.folds import units
from core.training.recommendation import JUDGED_ROWS, TRAINING_ROWS, Choice, Recommendation, recommend
from core.training.training import Budget, Candidate, Failure, Search
from core.workflows import preparation
from core.workflows.runs import CANCELLED, Artifact, MetricKey, Parameter, RunName, Tag

if TYPE_CHECKING:
    from core.data.arrays import Bools
    from core.data.contract import Contract
    from core.data.split import PreparedSplit
    from core.store.tracking import Run, RunRecord
    from core.training.training import Asked

INTERVAL_SEED = 10
"""Fixed, so that the same candidate always has the same interval."""


@dataclass(frozen=True)
class TrainedCandidate:
    """A candidate as its run holds it; `metrics` has every recorded figure (`test_...`, `cv_..._mean`)."""

    name: str
    run_id: str
    test_log_loss: float
    test_f1: float
    test_roc_auc: float
    cv_log_loss_mean: float
    metrics: dict[str, float]

    @property
    def title(self) -> Message:
        return title(self.name)


@dataclass(frozen=True)
class Trained:
    """A training run: its candidates (best first), the recommended one and why, and what a person took (None: not yet
    decided)."""

    run_id: str
    preparation_run: str
    when: datetime
    seconds: float
    candidates: tuple[TrainedCandidate, ...]
    failures: tuple[Failure, ...]
    recommendation: Recommendation
    choice: Choice | None
    constant_log_loss: float
    finished: bool = True
    """False for a training that was cancelled or lost its worker: these are the candidates done until then."""

    @property
    def recommended(self) -> str:
        return self.recommendation.candidate

    @property
    def reason(self) -> Message:
        return self.recommendation.reason

    def candidate(self, name: str = "") -> TrainedCandidate:
        """The candidate called `name`, the recommended one by default."""
        wanted = name or self.recommended
        for candidate in self.candidates:
            if candidate.name == wanted:
                return candidate
        raise CourtsideError(
            message("This training has no candidate {name}.", name=wanted),
            message("Choose among {names}.", names=[candidate.name for candidate in self.candidates]),
        )


@dataclass(frozen=True)
class Interrupted:
    """A training that did not finish: the `reason`, "" where none is known, and the candidates done until then, which
    can be looked at and registered."""

    run_id: str
    when: datetime
    reason: Message
    candidates: tuple[TrainedCandidate, ...]


def train(
    project: str,
    preparation_run: str = "",
    *,
    budget: float = 0,
    progress: Progress = silent,
    parent: str = "",
    **asked: Unpack[Asked],
) -> Trained:
    """Trains candidates on a prepared split, the newest by default: those named, else those of a preset (of the
    assignment).

    `metric` is what tuning optimises; the recommendation goes by log loss all the same. A `budget` in seconds (0: none)
    leaves out what there is no time for. What fails or is left out is listed with the reason; that nothing is left is a
    `CourtsideError`.
    """
    begun = time.monotonic()
    search = Search.of(**asked)
    place = settings.load()
    source = preparation_run or preparation.latest_prepared(project).run_id
    split, contract = preparation.split_of(source)
    counted = preparation.emphasis(source)
    constant = float(split.train[contract.target].mean())
    test_target = split.test[contract.target].to_numpy()
    tags: dict[str, str] = {Tag.PREPARATION_RUN: source, Tag.FINGERPRINT: split.fingerprint}
    with tracking.run(place, project, RunName.TRAINING, parent=parent, tags=tags) as run:
        run.parameters(
            {
                Parameter.FOLDS: search.folds,
                Parameter.ITERATIONS: search.iterations,
                Parameter.SEED: search.seed,
                Parameter.CANDIDATES: search.candidates,
                Parameter.METRIC: search.metric,
                Parameter.BUDGET: budget,
            }
        )
        time_left = Budget(time.monotonic, begun + budget if budget else math.inf)
        made = pure.train(split, contract, search, budget=time_left, emphasis=counted, progress=progress)
        baseline = float(row_losses(test_target, np.full(len(split.test), constant)).mean())
        run.metrics({MetricKey.CONSTANT_LOG_LOSS: baseline})
        failures: list[Failure] = []
        _, warning = units(split, contract)
        for candidate in made:
            failure = _kept(project, run, candidate, split, contract, counted.judged)
            if failure:
                failures.append(failure)
                run.json(Artifact.FAILURES, [{"name": one.name, "reason": one.reason.as_dict()} for one in failures])
            else:
                # After each one: a training that is cancelled later keeps what was done, with its own recommendation.
                found = replace(_recommended(project, run.run_id, baseline), warning=warning)
                run.json(Artifact.RECOMMENDATION, found.as_dict())
                run.tags({Tag.RECOMMENDED: found.candidate})
        if len(failures) == len(search.candidates):
            raise CourtsideError(
                message("No candidate could be trained: {reason}.", reason=failures[0].reason),
                message("Choose other candidates, or give them more time."),
            )
    return trained(run.run_id)


def trained(run_id: str) -> Trained:
    """A training run, read back."""
    place = settings.load()
    record = tracking.get(place, run_id)
    project = tracking.project_of(place, run_id)
    failures = (
        tracking.read_json(place, run_id, Artifact.FAILURES) if tracking.has(place, run_id, Artifact.FAILURES) else []
    )
    return Trained(
        run_id=run_id,
        preparation_run=record.tags[Tag.PREPARATION_RUN],
        when=record.started,
        seconds=record.seconds,
        candidates=tuple(_candidates(project, run_id)),
        failures=tuple(Failure(item["name"], Message.from_dict(item["reason"])) for item in failures),
        recommendation=Recommendation.from_dict(tracking.read_json(place, run_id, Artifact.RECOMMENDATION)),
        choice=Choice.from_dict(tracking.read_json(place, run_id, Artifact.CHOICE))
        if tracking.has(place, run_id, Artifact.CHOICE)
        else None,
        constant_log_loss=record.metrics[MetricKey.CONSTANT_LOG_LOSS],
        finished=record.status == "FINISHED",
    )


def latest_trained(project: str) -> Trained:
    """The newest finished training; none yet is `NothingYet`."""
    found = tracking.runs(settings.load(), project, RunName.TRAINING, limit=1)
    if not found:
        raise NothingYet(message("Nothing is trained yet."), message("Train candidates first."))
    return trained(found[0].run_id)


def interrupted_training(project: str) -> Interrupted | None:
    """The newest training, if it did not finish: why, and what it had done. One that was cancelled with nothing done is
    no news."""
    found = tracking.runs(settings.load(), project, RunName.TRAINING, limit=1, finished=False)
    if not found or found[0].status not in ("KILLED", "FAILED"):
        return None
    newest = found[0]
    done = trained(newest.run_id).candidates if Tag.RECOMMENDED in newest.tags else ()
    reason = Message(newest.tags.get(tracking.REASON, ""))
    return Interrupted(newest.run_id, newest.started, reason, done) if done or reason != CANCELLED else None


def candidate_rows(run_id: str) -> pd.DataFrame:
    """A candidate's scored test rows: features, target and `probability`; the reference of a version made from it."""
    return tracking.read_table(settings.load(), run_id, Artifact.REFERENCE)


def out_of_fold(run_id: str) -> pd.DataFrame:
    """Per training row that a fold held out its `target`, the candidate's `probability` for it from a model that had
    not seen it, and the `fold`. Rankings and thresholds come from these rows."""
    return tracking.read_table(settings.load(), run_id, Artifact.OUT_OF_FOLD)


def choose(training_run: str, choice: Choice) -> Trained:
    """Keeps what a person took and why with the training run; a later choice takes its place."""
    trained(training_run).candidate(choice.candidate)
    tracking.Run(training_run, settings.load()).json(Artifact.CHOICE, choice.as_dict())
    return trained(training_run)


def _kept(
    project: str,
    run: Run,
    made: Candidate | Failure,
    split: PreparedSplit,
    contract: Contract,
    judged: Bools | None,
) -> Failure | None:
    if isinstance(made, Failure):
        return made
    try:
        _write_candidate(project, run.run_id, made, split, contract, judged)
    except CourtsideError as refused:  # it can't be stored without code
        return Failure(made.name, refused.message)
    return None


def _write_candidate(
    project: str,
    parent: str,
    candidate: Candidate,
    split: PreparedSplit,
    contract: Contract,
    judged: Bools | None,
) -> None:
    place = settings.load()
    test, target = model_input(split.test, contract), split.test[contract.target].to_numpy()
    with tracking.run(place, project, candidate.name, parent=parent) as run:
        run.parameters(
            {Parameter.ALGORITHM: candidate.algorithm, Parameter.TUNED: candidate.tuned, **candidate.parameters}
        )
        run.metrics({on_test(key): value for key, value in candidate.test_metrics.items()})
        run.metrics({on_folds(key): value for key, value in candidate.cv_metrics.items()})
        found = clusters.intervals(target, candidate.test, clustered(split.test_identity), seed=INTERVAL_SEED)
        for name, bounds in found.items():
            if bounds:
                run.metrics({on_test(name, LOW): bounds.low, on_test(name, HIGH): bounds.high})
        run.model(candidate.pipeline, test.head(5))
        run.table(Artifact.REFERENCE, split.test.assign(probability=candidate.test))
        train_target = split.train[contract.target].to_numpy()
        seen = {"target": train_target, "probability": candidate.out_of_fold, "fold": candidate.fold}
        more = {"judged": judged, "group": clustered(split.train_identity)}
        rows = pd.DataFrame({**seen, **{name: values for name, values in more.items() if values is not None}})
        run.table(Artifact.OUT_OF_FOLD, rows[candidate.fold != pure.NO_FOLD].reset_index(drop=True))
        run.table(Artifact.PYCARET_CHECK, candidate.check.assign(probability=candidate.pycaret_check))


def _recommended(project: str, run_id: str, constant: float) -> Recommendation:
    found = _candidates(project, run_id)
    rows = {item.name: out_of_fold(item.run_id) for item in found}
    some = next(iter(rows.values()))
    judged = some["judged"].to_numpy() if "judged" in some else np.ones(len(some), bool)
    return recommend(
        some["target"].to_numpy()[judged],
        {name: table["probability"].to_numpy()[judged] for name, table in rows.items()},
        {item.name: item.test_log_loss for item in found},
        constant,
        rows=TRAINING_ROWS if judged.all() else JUDGED_ROWS,
        groups=some["group"].to_numpy()[judged] if "group" in some else None,
        folds=some["fold"].nunique(),
    )


def _candidates(project: str, run_id: str) -> list[TrainedCandidate]:
    found = tracking.runs(settings.load(), project, parent=run_id, limit=100)
    return sorted((_candidate(record) for record in found), key=lambda item: item.cv_log_loss_mean)


def _candidate(record: RunRecord) -> TrainedCandidate:
    shown = (on_test("log_loss"), on_test("f1"), on_test("roc_auc"), on_folds("log_loss"))
    figures = {name: record.metrics[name] for name in shown}
    return TrainedCandidate(name=record.name, run_id=record.run_id, metrics=dict(record.metrics), **figures)
