"""Run `Retreinamento`: labels of production make a challenger, which is compared with the champion.

One job: prepare, train, evaluate, register, compare. It is promoted only where the policy in force says so, and only
when the guard speaks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd

from core.metrics.challenge import Comparison
from core.retraining import mixing as pure
from core.retraining.mixing import Extension, Mix
from core.store import registry, settings, tracking
from core.text.errors import CourtsideError
from core.text.messages import Message, Progress, message, silent
from core.training import training as trainer
from core.workflows import challenges, learned_rows, policies, preparation, registration, training
from core.workflows import retraining_plans as plans
from core.workflows.batches import titles
from core.workflows.retraining_plans import MANUAL
from core.workflows.runs import Artifact, MetricKey, Parameter, RunName, Tag, VersionTag, side_key

if TYPE_CHECKING:
    from core.data.contract import Contract
    from core.retraining.mixing import Rows
    from core.store.registry import RegisteredVersion
    from core.store.tracking import Run
    from core.training.training import Asked
    from core.workflows.scoring import Scored

STEPS = 3
"""Those of a retraining beside the fits of its training: prepare, register, compare."""


@dataclass(frozen=True)
class Retrained:
    """A retraining run: the batches it learned from, why it was started, both versions and how they compare.

    `outcome` says whether the challenger was promoted, and why or why not."""

    run_id: str
    when: datetime
    batch: str
    trigger: str
    champion: int
    challenger: int
    comparison: Comparison
    promoted: bool
    outcome: Message


def retrain(
    project: str,
    scoring_runs: str | Sequence[str] = (),
    *,
    rows: Rows = "all",
    weight: float = pure.SAME,
    held_out: float = pure.HELD_OUT,
    progress: Progress = silent,
    **asked: Unpack[Asked],
) -> Retrained:
    """Joins labelled production rows to the champion's training data, trains, registers a challenger and compares.

    `scoring_runs` are the batches, the newest labelled one by default. `rows`, `weight` and `held_out` are those of
    `core.retraining.mixing.Mix`, `preset` ("retrain" by default) and what else may be `asked` are those of `train`.
    What goes in can be seen before in `retraining_plan`. When it is cancelled or fails nothing is registered.
    """
    place = settings.load()
    champion = registry.champion(place, project)
    base, contract = preparation.split_of(champion.tags[VersionTag.PREPARATION_RUN])
    mix, batches = Mix(rows, weight, held_out), plans.chosen(project, scoring_runs)
    wanted = plans.with_preset(asked)
    search = trainer.Search.of(**wanted)
    trigger = plans.trigger(project, batches)
    count = _Count(progress, trainer.fits(search))
    count(0, message("Preparing the production rows"))
    own = preparation.emphasis(champion.tags[VersionTag.PREPARATION_RUN]).weights
    own = np.ones(len(base.train)) if own is None else own
    extension = pure.extend(base, own, plans.pool(champion, batches, mix), mix, contract, seed=search.seed)
    tags: dict[str, str] = {
        Tag.SCORING_RUN: ",".join(batch.run_id for batch in batches),
        Tag.BATCH: titles([batch.batch for batch in batches]),
        Tag.CHAMPION: str(champion.version),
        Tag.TRIGGER: trigger,
    }
    with tracking.run(place, project, RunName.RETRAINING, tags=tags) as run, _undone_if_broken(project, run.run_id):
        run.parameters(
            {
                **vars(mix),
                Parameter.CANDIDATES: search.candidates,
                Parameter.FOLDS: search.folds,
                Parameter.ITERATIONS: search.iterations,
                Parameter.SEED: search.seed,
            }
        )
        # The preparation ends with the retraining: one that is cancelled must not become the newest data.
        with _prepared(run, project, extension, contract, batches, champion, len(base.test)) as made:
            trained = training.train(project, made, progress=count.fits_done, parent=run.run_id, **wanted)
            count(1 + count.fits, message("Registering the challenger"))
            challenger = _registered(run, project, trained.run_id, champion, tags[Tag.BATCH])
            count(2 + count.fits, message("Comparing with the champion"))
            comparison = challenges.compare(project, challenger.version).comparison
            _record(run, comparison)
    _decide(run, project, champion, challenger, comparison)
    count(STEPS + count.fits, message("Done"))
    return retrained(run.run_id)


def retrained(run_id: str) -> Retrained:
    """A retraining run, read back."""
    place = settings.load()
    record = tracking.get(place, run_id)
    comparison = Comparison.from_dict(tracking.read_json(place, run_id, Artifact.COMPARISON))
    promoted = record.tags.get(Tag.PROMOTED) == "true"
    return Retrained(
        run_id=run_id,
        when=record.started,
        batch=record.tags[Tag.BATCH],
        trigger=record.tags.get(Tag.TRIGGER, MANUAL),
        champion=int(record.tags[Tag.CHAMPION]),
        challenger=int(record.tags[Tag.CHALLENGER]),
        comparison=comparison,
        promoted=promoted,
        outcome=Message.from_dict(tracking.read_json(place, run_id, Artifact.OUTCOME))
        if tracking.has(place, run_id, Artifact.OUTCOME)
        else message("Version {version} is the challenger.", version=int(record.tags[Tag.CHALLENGER])),
    )


def undo(project: str, run_id: str) -> None:
    """Takes back what a retraining that did not finish had done: its version, unless it was promoted since, and its
    training as the newest one."""
    place = settings.load()
    for version in registry.versions(place, project):
        if version.tags.get(VersionTag.RETRAINING_RUN) == run_id and version.alias != registry.CHAMPION:
            before = tracking.get(place, run_id).tags.get(Tag.CHALLENGER_BEFORE, "")
            registry.withdraw(place, project, version.version, int(before or 0))
    for child in tracking.runs(place, project, RunName.TRAINING, parent=run_id):
        tracking.end(place, child.run_id, "KILLED", message("Its retraining did not finish."))


@dataclass
class _Count:
    """One count over all of a retraining: its own steps, and the fits of its training between them."""

    progress: Progress
    fits: int

    def __call__(self, done: int, what: Message) -> None:
        self.progress(done, STEPS + self.fits, what)

    def fits_done(self, done: int, _total: int, what: Message) -> None:
        self(1 + min(done, self.fits), what)


@contextmanager
def _prepared(
    run: Run,
    project: str,
    made_of: Extension,
    contract: Contract,
    batches: Sequence[Scored],
    champion: RegisteredVersion,
    old: int,
) -> Iterator[str]:
    """The preparation run of the challenger's data, open until the block ends; `old` test rows come first."""
    place = settings.load()
    base = tracking.get(place, champion.tags[VersionTag.PREPARATION_RUN])
    split = made_of.split
    tags: dict[str, str] = {
        Tag.BASE_PREPARATION: base.run_id,
        Tag.SCORING_RUN: ",".join(batch.run_id for batch in batches),
    }
    with tracking.run(place, project, RunName.PREPARATION, parent=run.run_id, tags=tags) as made:
        made.metrics(
            {
                MetricKey.ROWS_RAW: len(split.filtered),
                MetricKey.ROWS_DROPPED: 0,
                MetricKey.ROWS_REJECTED: 0,
                MetricKey.ROWS_TEST_OLD: old,
            }
        )
        source = titles([base.parameters[Parameter.SOURCE], *(batch.batch for batch in batches)], " + ")
        preparation.write(made, split, contract, source=source)
        made.table(Artifact.EMPHASIS, pd.DataFrame({"weights": made_of.weights, "judged": made_of.judged}))
        before = learned_rows.known(base.run_id)
        made.table(
            Artifact.PRODUCTION_ROWS,
            pd.concat([before, made_of.keys], ignore_index=True) if len(before) else made_of.keys,
        )
        yield made.run_id


def _registered(
    run: Run, project: str, training_run: str, champion: RegisteredVersion, batch: str
) -> RegisteredVersion:
    place = settings.load()
    before = next((item for item in registry.versions(place, project) if item.alias == registry.CHALLENGER), None)
    run.tags({Tag.CHALLENGER_BEFORE: str(before.version) if before else ""})
    # The gate warns, the comparison decides: a challenger that misses something is compared all the same.
    why = message("Made by retraining on {batch}, to be compared with the champion.", batch=batch)
    made = registration.register(
        project, training_run=training_run, threshold=champion.threshold, reason=why,
        more={VersionTag.RETRAINING_RUN: run.run_id},
    )  # fmt: skip
    run.tags({Tag.CHALLENGER: str(made.version)})
    return made


def _record(run: Run, comparison: Comparison) -> None:
    columns = {"test": comparison.test, "production": comparison.production}
    for name, column in ((name, found) for name, found in columns.items() if found):
        for side in ("champion", "challenger"):
            run.metrics({side_key(name, side, key): value for key, value in getattr(column, side).items()})
    run.json(Artifact.COMPARISON, comparison.as_dict())


def _decide(
    run: Run, project: str, champion: RegisteredVersion, challenger: RegisteredVersion, comparison: Comparison
) -> None:
    """Promotes where the policy says so and the guard agrees, and writes down what was done and why."""
    kept, version = policies.policy(project), challenger.version
    if not kept.policy.promote:
        outcome = message("Version {version} waits for your decision: nothing is promoted by itself.", version=version)
    elif not comparison.guard.ok:
        outcome = message(
            "Version {version} was not promoted by itself: the evidence does not speak for it.", version=version
        )
    else:
        reason = message(
            "By policy {number}, which promotes what passes the guard. {evidence}",
            number=kept.number,
            evidence=list(comparison.guard.sentences),
        )
        try:
            registration.promote(project, version, reason=reason, expected=champion.version)
            run.tags({Tag.PROMOTED: "true"})
            outcome = message("Version {version} passed the guard and is champion now.", version=version)
        except CourtsideError as late:
            outcome = message("Version {version} was not promoted. {reason}", version=version, reason=late.message)
    run.json(Artifact.OUTCOME, outcome.as_dict())


@contextmanager
def _undone_if_broken(project: str, run_id: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        undo(project, run_id)
        raise
