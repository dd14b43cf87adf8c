"""Run `Simulacao`: the project's history once more, and what each way to retrain would have made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Unpack

from core.metrics.windows import BYS
from core.retraining import replay as pure
from core.retraining.policies import OFF, Policy
from core.retraining.replay import Replay
from core.retraining.strategies import strategies
from core.store import registry, settings, tracking
from core.text.errors import CourtsideError, NothingYet
from core.text.messages import Message, Progress, message, silent
from core.workflows import histories, monitoring, policies, preparation
from core.workflows.runs import Artifact, MetricKey, Parameter, RunName, Tag, VersionTag, strategy_key

if TYPE_CHECKING:
    from core.metrics.windows import By
    from core.store.tracking import RunRecord
    from core.workflows.histories import Asked
    from core.workflows.policies import Kept


@dataclass(frozen=True)
class Carried:
    """The policy that comes nearest to a schedule that was replayed, and in words what became of it."""

    policy: Policy
    said: Message


@dataclass(frozen=True)
class Replayed:
    """A replay as its run holds it: of which version's algorithm, on which windows, and what came out. Of a history of
    too many rows, every `step`-th was replayed."""

    run_id: str
    when: datetime
    version: int
    by: By
    rows_per_window: int
    every: int
    memory: int
    batches: bool
    step: int
    replay: Replay


def replay(
    project: str,
    *,
    first: int = 3,
    every: int = 4,
    memory: int = 0,
    seed: int = 10,
    progress: Progress = silent,
    **asked: Unpack[Asked],
) -> Replayed:
    """Feeds the history of the champion's data window by window to its algorithm, retrained in turn never, after each
    window, after `every` windows, reactively, predictively and by the policy in force.

    Windows are by season (`by`), year, month or `rows`; the `first` of them train the first model, later ones learn
    from all before or from the last `memory`. With `batches`, scored batches that have labels join by their time.
    """
    place = settings.load()
    champion = registry.champion(place, project)
    progress(0, 1, message("Reading the history"))
    cut: Asked = {"by": "season", "rows": 1_000, "batches": False, **asked}
    found = histories.history(project, champion, **cut)
    learner = pure.Learner(
        pure.refit(registry.load(champion, place), found.contract),
        memory,
        preparation.prepared(champion.tags[VersionTag.PREPARATION_RUN]).test_share,
        champion.threshold,
    )
    made = pure.replay(
        found,
        strategies(policies.policy(project).policy, every),
        learner,
        first=first,
        past=monitoring.PAST_BATCHES,
        seed=seed,
        progress=progress,
    )
    tags: dict[str, str] = {
        Tag.MODEL_VERSION: str(champion.version),
        Tag.PREPARATION_RUN: champion.tags[VersionTag.PREPARATION_RUN],
        Tag.ADVISED: made.advised,
    }
    with tracking.run(place, project, RunName.REPLAY, tags=tags) as run:
        run.parameters(
            {
                Parameter.BY: cut["by"],
                Parameter.ROWS: cut["rows"],
                Parameter.FIRST: first,
                Parameter.EVERY: every,
                Parameter.MEMORY: memory,
                Parameter.BATCHES: cut["batches"],
                Parameter.SEED: seed,
                Parameter.STEP: found.step,
            }
        )
        run.metrics({MetricKey.WINDOWS: len(made.windows), MetricKey.ROWS: made.rows})
        for course in made.courses:
            figures = {"log_loss": course.log_loss, "skill": course.skill, "retrainings": course.retrainings}
            run.metrics({strategy_key(course.strategy.key, name): value for name, value in figures.items()})
        run.json(Artifact.REPLAY, made.as_dict())
        run.text(Artifact.CONCLUSION, f"{made.conclusion}\n")
    return replayed(run.run_id)


def replayed(run_id: str) -> Replayed:
    """A replay, read back."""
    return _value(tracking.get(settings.load(), run_id))


def take_policy(run_id: str, strategy: str) -> Kept:
    """Makes a replayed strategy's policy the one in force; whether challengers promote themselves stays as is."""
    project = tracking.project_of(settings.load(), run_id)
    wanted = replayed(run_id).replay.course(strategy).strategy.policy
    if wanted is None:
        raise CourtsideError(
            message("{strategy} is no policy.", strategy=strategy), message("Choose reactive, predictive or policy.")
        )
    return policies.keep_policy(project, replace(wanted, promote=policies.policy(project).policy.promote))


def nearest_policy(run_id: str, strategy: str) -> Carried:
    """A replayed schedule as a policy that can be kept. A policy knows no windows, so that so many of them become the
    rows that they held on average; whether challengers promote themselves stays as is."""
    found = replayed(run_id)
    schedules = {course.strategy.key: course.strategy for course in found.replay.courses if course.strategy.every}
    if strategy not in schedules:
        raise CourtsideError(
            message("{strategy} is no schedule of this replay.", strategy=strategy),
            message("Choose one of: {known}.", known=list(schedules)),
        )
    course = schedules[strategy]
    rows = round(found.replay.rows * found.step / len(found.replay.windows))
    promote = policies.policy(tracking.project_of(settings.load(), run_id)).policy.promote
    said = message(
        "Carried over from the replay: {strategy}. A policy counts rows and not windows; a window of the replay held "
        "{rows:,} rows on average, so this one asks after {limit:,} rows scored since training.",
        strategy=course.title,
        rows=rows,
        limit=rows * course.every,
    )
    return Carried(Policy(**OFF | {"rows": rows * course.every, "promote": promote}), said)


def latest_replayed(project: str) -> Replayed:
    """The newest replay; none yet is `NothingYet`."""
    found = tracking.runs(settings.load(), project, RunName.REPLAY, limit=1)
    if not found:
        raise NothingYet(message("Nothing is replayed yet."), message("Replay the history first."))
    return _value(found[0])


def _value(record: RunRecord) -> Replayed:
    asked = record.parameters
    return Replayed(
        run_id=record.run_id,
        when=record.started,
        version=int(record.tags[Tag.MODEL_VERSION]),
        by=BYS[BYS.index(asked[Parameter.BY])],
        rows_per_window=tracking.value(asked[Parameter.ROWS]),
        every=tracking.value(asked[Parameter.EVERY]),
        memory=tracking.value(asked[Parameter.MEMORY]),
        batches=tracking.value(asked[Parameter.BATCHES]),
        step=tracking.value(asked[Parameter.STEP]),
        replay=Replay.from_dict(tracking.read_json(settings.load(), record.run_id, Artifact.REPLAY)),
    )
