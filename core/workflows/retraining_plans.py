"""What a retraining would do: which labelled batches there are, what of them joins, and what asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Unpack

from core.data import checking, late_labels
from core.retraining import mixing as pure
from core.retraining.halves import Halves, halves, held_first
from core.retraining.mixing import Batch, Mix, Pool
from core.store import registry, settings, tracking
from core.text.errors import CourtsideError, NothingYet
from core.text.messages import Message, message
from core.training import training as trainer
from core.workflows import learned_rows, monitoring, policies, preparation, scoring
from core.workflows.runs import MetricKey, RunName, Tag, VersionTag

if TYPE_CHECKING:
    from core.data.contract import Contract
    from core.retraining.mixing import Rows
    from core.store.registry import RegisteredVersion
    from core.store.tracking import RunRecord
    from core.training.training import Asked
    from core.workflows.scoring import Scored

PRESET = "retrain"
MANUAL = "manual"
LOOKED_BACK = 50
"""Scoring runs among which labelled batches are looked for."""


@dataclass(frozen=True)
class LabelledBatch:
    """A scored batch that has labels. `runs` are all in which it was scored, `run_id` the one with the most labels, the
    newest of equals; `level` is what the newest assessment of one of them says, "" for none."""

    run_id: str
    batch: str
    when: datetime
    rows: int
    level: str
    runs: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What a retraining will do, before it does anything.

    `own` and `joined` are the champion's and the production rows as (train, held out); a production row counts `weight`
    times one of the others. Of the production rows `pool` says what is left out and why. `trigger` is the rule that
    asks for it, "manual" where none does; `promotes` whether the policy in force promotes what passes the guard.
    `held_out` says how rows are held out, and what is missing to do it as the champion's rows were split.
    """

    champion: int
    batches: tuple[str, ...]
    own: tuple[int, int]
    joined: tuple[int, int]
    weight: float
    pool: Pool
    candidates: tuple[str, ...]
    trigger: str
    promotes: bool
    policy: int
    held_out: tuple[Message, ...] = ()


def labelled_batches(project: str) -> list[LabelledBatch]:
    """The batches that a retraining could learn from, newest first; what was scored several times stands once."""
    place = settings.load()
    same: dict[str, list[RunRecord]] = {}
    for record in tracking.runs(place, project, RunName.SCORING, limit=LOOKED_BACK):
        if record.metrics.get(MetricKey.ROWS_LABELLED):
            same.setdefault(record.tags[Tag.FINGERPRINT], []).append(record)
    assessed = tracking.runs(place, project, RunName.MONITORING, limit=2 * LOOKED_BACK)
    return [_labelled(records, assessed) for records in same.values()]


def retraining_plan(
    project: str,
    scoring_runs: str | Sequence[str] = (),
    rows: Rows = "all",
    weight: float = pure.SAME,
    held_out: float = pure.HELD_OUT,
    **asked: Unpack[Asked],
) -> Plan:
    """What `retrain` would do with the same arguments; writes nothing. What it would refuse is a `CourtsideError`."""
    champion = registry.champion(settings.load(), project)
    prepared = preparation.prepared(champion.tags[VersionTag.PREPARATION_RUN])
    mix, batches = Mix(rows, weight, held_out), chosen(project, scoring_runs)
    search = trainer.Search.of(**with_preset(asked))
    found = pool(champion, batches, mix)
    pure.refuse(found)
    parted, kept = _halves(champion, found, mix, search.seed), policies.policy(project)
    joined = len(parted.train), len(parted.held_out)
    return Plan(
        champion=champion.version,
        batches=tuple(batch.batch for batch in batches),
        own=(prepared.rows_train, prepared.rows_test),
        joined=joined,
        weight=pure.counts_as(joined[0], prepared.rows_train, mix),
        pool=found,
        candidates=tuple(search.candidates),
        trigger=trigger(project, batches),
        promotes=kept.policy.promote,
        policy=kept.number,
        held_out=(parted.said, parted.warning) if parted.warning else (parted.said,),
    )


def with_preset(asked: Asked) -> Asked:
    """What is asked of a training, of the candidates for retraining by default."""
    return {"preset": PRESET, **asked}


def _labelled(records: list[RunRecord], assessed: list[RunRecord]) -> LabelledBatch:
    best = max(records, key=lambda record: record.metrics[MetricKey.ROWS_LABELLED])
    runs = tuple(record.run_id for record in records)
    levels = [record.tags[Tag.VERDICT] for record in assessed if record.tags[Tag.SCORING_RUN] in runs]
    rows = int(best.metrics[MetricKey.ROWS_LABELLED])
    return LabelledBatch(best.run_id, best.tags[Tag.BATCH], best.started, rows, next(iter(levels), ""), runs)


def chosen(project: str, scoring_runs: str | Sequence[str] = ()) -> list[Scored]:
    """The batches asked for, newest first; by default the newest that has labels."""
    wanted = [scoring_runs] if isinstance(scoring_runs, str) else list(scoring_runs)
    wanted = [run_id for run_id in wanted if run_id] or [item.run_id for item in labelled_batches(project)[:1]]
    found = [scoring.scored(run_id) for run_id in wanted] or [scoring.latest_scored(project)]
    return sorted(found, key=lambda batch: batch.when, reverse=True)


def pool(champion: RegisteredVersion, batches: Sequence[Scored], mix: Mix) -> Pool:
    """The production rows of batches that may join a champion's data."""
    contract = scoring.contract_of(champion)
    known = learned_rows.every_row(champion.tags[VersionTag.PREPARATION_RUN])
    return pure.pool([_batch(batch, contract) for batch in batches], known, contract, mix.rows)


def _halves(champion: RegisteredVersion, found: Pool, mix: Mix, seed: int) -> Halves:
    base, contract = preparation.split_of(champion.tags[VersionTag.PREPARATION_RUN])
    theirs = held_first(base.strategy, base.test, base.test_identity, contract)
    return halves(found.rows, found.keys, contract, base.strategy, mix.held_out, theirs, seed=seed)


def _batch(batch: Scored, contract: Contract) -> Batch:
    rows = scoring.scored_rows(batch.run_id)
    usable = (rows["status"] != "rejected") & rows[contract.target].notna() if contract.target in rows else rows[:0]
    if not len(usable) or not usable.any():
        raise CourtsideError(
            message("{batch} has no labelled row in column {target}.", batch=batch.batch, target=contract.target),
            message("Retraining learns from labels: choose a batch that carries the target, or add its labels."),
        )
    some = rows[usable]
    checked = checking.accepted(some, contract, labelled=True)
    kept = some.iloc[checked.kept_positions]
    ids = late_labels.keys(kept[contract.id]) if contract.id in kept else None
    time = kept[contract.time].reset_index(drop=True) if contract.time in kept else None
    return Batch(
        checked.rows, time, ids, len(rows) - len(checked.rows),
        source=batch.fingerprint, positions=kept.index.to_numpy(), group=checked.group, moment=checked.time,
    )  # fmt: skip


def trigger(project: str, batches: Sequence[Scored]) -> str:
    """The rule that asks for retraining on the newest assessment of one of the batches."""
    for batch in batches:
        try:
            assessed = monitoring.latest_monitored(project, batch.run_id)
        except NothingYet:
            continue
        decided = policies.decision(assessed.run_id)
        if decided and decided.trigger:
            return decided.trigger
    return MANUAL
