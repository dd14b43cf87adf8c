"""A version against the champion, on the champion's test split and on the newest labelled production rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from core.data import checking, identity
from core.data.encoding import model_input
from core.data.identity import Same, clustered
from core.metrics import challenge
from core.metrics.challenge import Column, Comparison
from core.metrics.intervals import Model
from core.store import registry, settings, tracking
from core.text.messages import Message, message
from core.workflows import batches, learned_rows, preparation, scoring
from core.workflows.runs import MetricKey, RunName, Tag, VersionTag

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from sklearn.pipeline import Pipeline

    from core.data.contract import Contract
    from core.data.split import PreparedSplit
    from core.store.registry import RegisteredVersion
    from core.store.settings import Settings

SEED = 10
"""Fixed, so that the same two always have the same intervals."""
LOOKED_BACK = 50
"""Scoring runs among which the newest with labels is looked for."""
MOST_ROWS = 200_000
"""Rows of a batch that are compared; of more, every so-manieth."""


@dataclass(frozen=True)
class Challenged:
    """A version beside the champion; `batch` names the production rows, "" where no batch has labels. `refusal` says
    why there is nothing to compare, where the rows lack a feature that the version needs."""

    champion: int
    challenger: int
    batch: str
    scoring_run: str
    comparison: Comparison
    refusal: Message | None = None


def compare(project: str, version: int) -> Challenged:
    """Both versions on the same rows, those left out that one of them was trained on.

    No champion yet is `NothingYet`.
    """
    place = settings.load()
    return _compared(place, project, registry.champion(place, project).version, version, *_newest_labelled(project))


@lru_cache(maxsize=16)  # versions and scored rows never change, and every write to the store asks anew
def _compared(place: Settings, project: str, old: int, new: int, run_id: str, labels: str) -> Challenged:
    """Version `new` against version `old`, on that run's batch with the outcomes that the run `labels` brought."""
    del labels  # part of the cache key only: outcomes may come twice
    champion, challenger = registry.get(place, project, old), registry.get(place, project, new)
    base, contract = preparation.split_of(champion.tags[Tag.PREPARATION_RUN])
    other, others = preparation.split_of(challenger.tags[Tag.PREPARATION_RUN])
    refusal = _refusal(champion, contract, challenger, others)
    if refusal:
        return Challenged(champion.version, challenger.version, "", "", Comparison(None, None), refusal)
    models = [(registry.load(champion, place), contract), (registry.load(challenger, place), others)]
    column = partial(_column, contract, champion, challenger, models)
    shared = replace(contract, features=tuple(one for one in contract.features if one.name in other.train))
    taught = [learned_rows.of_rows(part.train, part.train_identity, shared) for part in (base, other)]
    test = column(base.test, _leaked(champion, challenger, base, taught, shared), base.test_identity)
    if not run_id:
        return Challenged(champion.version, challenger.version, "", "", Comparison(test, None))
    # The newest batch is the best evidence, unless it taught the challenger: then what was held out, of all batches.
    if held_out := _held_out(challenger, champion, run_id):
        batch, rows = held_out, other.test.iloc[len(base.test) :][base.test.columns].reset_index(drop=True)
        met = Same(*np.zeros((2, len(rows)), bool))
        named = None if other.test_identity is None else other.test_identity.iloc[len(base.test) :]
    else:
        batch = tracking.get(place, run_id).tags[Tag.BATCH]
        rows, named = _labelled(run_id, contract)
        met = challenge.trained_on(learned_rows.of_rows(rows, named, shared), *taught)
    compared = Comparison(test, column(rows, met, named), labelled=len(rows))
    return Challenged(champion.version, challenger.version, batch, run_id, compared)


def _leaked(
    champion: RegisteredVersion,
    challenger: RegisteredVersion,
    base: PreparedSplit,
    taught: Sequence[pd.DataFrame],
    contract: Contract,
) -> Same:
    """Which of the champion's test rows the challenger was trained on."""
    place, nothing = settings.load(), Same(*np.zeros((2, len(base.test)), bool))
    runs = [version.tags[VersionTag.PREPARATION_RUN] for version in (champion, challenger)]
    if runs[0] in _line(runs[1]):  # a retraining leaves the test rows of its base where they were
        return nothing
    test = learned_rows.of_rows(base.test, base.test_identity, contract)
    found = challenge.trained_on(test, taught[1])
    sources = {tracking.get(place, run).tags.get(Tag.SOURCE_SHA256) for run in runs}
    if found.unclear.any() and len(sources) == 1 and None not in sources:
        own, other = (part["features"].to_numpy() for part in taught)
        return Same(challenge.trained_on_more(test["features"].to_numpy(), own, other, SEED), nothing.unclear)
    return found


def _line(run_id: str) -> list[str]:
    """A preparation and those that it was made of, by retraining."""
    base = tracking.get(settings.load(), run_id).tags.get(Tag.BASE_PREPARATION)
    return [run_id, *(_line(base) if base else [])]


def _held_out(challenger: RegisteredVersion, champion: RegisteredVersion, run_id: str) -> str:
    """The batches that the challenger learned from, if it was made of the champion's data and of that run's batch
    among others; "" where it was not."""
    place = settings.load()
    tags = tracking.get(place, challenger.tags[Tag.PREPARATION_RUN]).tags
    if tags.get(Tag.BASE_PREPARATION) != champion.tags[Tag.PREPARATION_RUN]:
        return ""
    joined = [tracking.get(place, one).tags for one in tags[Tag.SCORING_RUN].split(",")]
    known = tracking.get(place, run_id).tags[Tag.FINGERPRINT] in {one[Tag.FINGERPRINT] for one in joined}
    return batches.titles([one[Tag.BATCH] for one in joined]) if known else ""


def _column(
    contract: Contract,
    champion: RegisteredVersion,
    challenger: RegisteredVersion,
    models: list[tuple[Pipeline, Contract]],
    rows: pd.DataFrame,
    known: Same,
    named: pd.DataFrame | None,
) -> Column | None:
    kept = rows[~known.found].reset_index(drop=True)
    groups = clustered(None if named is None else named[~known.found].reset_index(drop=True))
    if kept.empty:
        return None
    said = [
        Model(model.predict_proba(model_input(kept, its))[:, 1], version.threshold)
        for (model, its), version in zip(models, (champion, challenger), strict=True)
    ]
    found = challenge.column(kept, contract, *said, groups=groups, seed=SEED)
    return found and replace(found, left_out=int(known.found.sum()), unclear=int(known.unclear.sum()))


def _newest_labelled(project: str) -> tuple[str, str]:
    """The newest scoring run whose rows have outcomes, and the run that brought these later, "" for neither."""
    for record in tracking.runs(settings.load(), project, RunName.SCORING, limit=LOOKED_BACK):
        if record.metrics.get(MetricKey.ROWS_LABELLED):
            return record.run_id, record.tags.get(Tag.LABELS_RUN, "")
    return "", ""


def _labelled(run_id: str, contract: Contract) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The labelled rows of a scored batch, and what each is known by."""
    rows = scoring.scored_rows(run_id, MOST_ROWS)
    rows = rows[(rows["status"] != "rejected") & rows[contract.target].notna()]
    checked = checking.accepted(rows, contract, labelled=True)
    kept = rows.iloc[checked.kept_positions]
    return checked.rows, identity.identities(
        len(kept),
        ids=identity.ids_of(kept, contract),
        source=scoring.scored(run_id).fingerprint,
        positions=kept.index.to_numpy(),
        group=checked.group,
        time=checked.time,
    )


def _refusal(
    champion: RegisteredVersion, contract: Contract, challenger: RegisteredVersion, other: Contract
) -> Message | None:
    missing = [name for name in other.feature_names if name not in contract.feature_names]
    if not missing and other.target == contract.target:
        return None
    return message(
        "Version {new} can't be compared on the rows of version {old}: these lack {columns}.",
        new=challenger.version,
        old=champion.version,
        columns=missing or [other.target],
    )
