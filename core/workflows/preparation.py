"""Run `PreparacaoDados`: a file becomes a checked, split table."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd

from core.charts.drift import Panel
from core.data import checking
from core.data import contract as contracts
from core.data import split as splitting
from core.data.identity import identities, row_hashes
from core.data.profile import TableProfile, profile
from core.data.split import PreparedSplit
from core.monitoring.drift import FeatureDrift, compare, histogram
from core.store import outside, projects, settings, sources, tables, tracking
from core.text.errors import CourtsideError, NothingYet
from core.text.messages import Message, Progress, message, silent
from core.text.stored import known
from core.training import test_share as shares
from core.training.search import ALIKE, Emphasis
from core.workflows.runs import Artifact, MetricKey, Parameter, RunName, Tag

if TYPE_CHECKING:
    from core.data.arrays import Series
    from core.data.checking import CheckedRows
    from core.data.contract import Contract
    from core.data.split import Division
    from core.store.settings import Settings
    from core.store.tracking import Run, RunRecord
    from core.training.test_share import ShareSpread

IDENTITIES = {"train": Artifact.TRAIN_IDENTITY, "test": Artifact.TEST_IDENTITY}
MOST_DRAWN = 200_000
"""Rows that pictures are made of; of more a sample is kept beside them, so that a page never reads them all."""
FIRST = 200
STUDY_SEED = 10
LARGE = 50 * 2**20
"""Bytes of a table that takes longer than a few seconds to prepare."""


@dataclass(frozen=True)
class Prepared:
    """What a preparation run holds; rates are shares of the positive class."""

    run_id: str
    source: str
    when: datetime
    rows_raw: int
    rows_kept: int
    rows_dropped: int
    rows_rejected: int
    rows_train: int
    rows_test: int
    target_rate_kept: float
    target_rate_train: float
    target_rate_test: float
    test_share: float
    seed: int
    strategy: str
    repeats: str
    spans: dict[str, tuple[float, float]]
    features: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True)
class Checked:
    """What a contract says of a table: rows = kept + dropped_null + rejected."""

    contract: str
    rows: int
    kept: int
    dropped_null: int
    rejected: int
    violations: tuple[Message, ...]


@dataclass(frozen=True)
class Preview:
    """What a split would be: rows and target rate of each part, first and last time, how many test rows have a training
    row's features, and the drift from train to test, strongest first."""

    rows: dict[str, int]
    target_rates: dict[str, float]
    spans: dict[str, tuple[float, float]]
    both_sides: int
    drift: tuple[FeatureDrift, ...]


def is_large(project: str, data: str) -> bool:
    """Whether a table takes so long that it is better prepared as a job than while a page waits: it is large, or it
    has to be fetched."""
    if "://" in data:
        return True
    place = settings.load()
    return tables.size(sources.resolve(place, projects.find(place, project), data, role="train")) > LARGE


def check_table(project: str, data: str = "") -> Checked:
    """Checks a table against a project's contract and writes nothing."""
    place = settings.load()
    contract = projects.find(place, project)
    read = _read(place, contract, data, repeats="keep")
    return Checked(
        contract=contract.name,
        rows=read.rows_raw,
        kept=len(read.checked.rows),
        dropped_null=read.checked.dropped_null,
        rejected=len(read.checked.rejected),
        violations=read.checked.violations,
    )


def preview(
    project: str,
    data: str = "",
    *,
    features: tuple[str, ...] = (),
    repeats: str = "keep",
    **how: Unpack[Division],
) -> Preview:
    """What `prepare` would make of the same arguments; writes nothing."""
    place = settings.load()
    contract = _with_features(projects.find(place, project), features)
    read = _read(place, contract, data, repeats=repeats)
    checked = read.checked
    split = splitting.split(checked.rows, contract, time=checked.time, group=checked.group, **how)
    return Preview(
        rows={"train": len(split.train), "test": len(split.test)},
        target_rates=split.target_rates,
        spans=split.spans,
        both_sides=splitting.on_both_sides(split, contract),
        drift=tuple(compare(split.train, split.test, contract)),
    )


def prepare(
    project: str,
    data: str = "",
    *,
    features: tuple[str, ...] = (),
    repeats: str = "keep",
    progress: Progress = silent,
    **how: Unpack[Division],
) -> Prepared:
    """Checks `data` (a source's key, a path, a folder or a URI; the project's own training data by default), splits it
    as `core.data.split.split` is asked to and describes it. `repeats` "drop" rejects rows that repeat an earlier one in
    every column but the id."""
    place = settings.load()
    contract = _with_features(projects.find(place, project), features)
    progress(0, 3, message("Reading the data"))
    read = _read(place, contract, data, repeats=repeats, progress=progress)
    checked = read.checked
    progress(1, 3, message("Splitting {rows:,} rows", rows=len(checked.rows)))
    source = tables.digest(read.path)
    known = identities(
        len(checked.rows), ids=read.ids, source=source, positions=checked.kept_positions, group=checked.group,
        time=checked.time,
    )  # fmt: skip
    split = splitting.split(checked.rows, contract, time=checked.time, group=checked.group, known=known, **how)
    progress(2, 3, message("Writing the run"))
    with tracking.run(place, project, RunName.PREPARATION) as run:
        run.tags({Tag.SOURCE_SHA256: source})
        run.metrics(
            {
                MetricKey.ROWS_RAW: read.rows_raw,
                MetricKey.ROWS_DROPPED: checked.dropped_null,
                MetricKey.ROWS_REJECTED: len(checked.rejected),
                MetricKey.ROWS_REPEATED: read.duplicates,
            }
        )
        run.parameters({Parameter.REPEATS: repeats})
        if len(checked.rejected):
            run.table(Artifact.REJECTED, checked.rejected)
        run.json(Artifact.VIOLATIONS, [violation.as_dict() for violation in checked.violations])
        duplicates = read.duplicates if repeats == "keep" else 0
        write(run, split, contract, source=str(read.path), nulls=checked.nulls, duplicates=duplicates)
    return prepared(run.run_id)


def write(
    run: Run,
    split: PreparedSplit,
    contract: Contract,
    *,
    source: str,
    nulls: dict[str, float] | None = None,
    duplicates: int = 0,
) -> None:
    """Writes a split, however it was made, into a preparation run, and what there is to know of its columns."""
    target = contract.target
    run.parameters({**split.parameters, Parameter.FEATURES: contract.feature_names, Parameter.SOURCE: source})
    run.tags({Tag.FINGERPRINT: split.fingerprint, Tag.CONTRACT_FINGERPRINT: contract.fingerprint})
    run.metrics(
        {
            MetricKey.ROWS_KEPT: len(split.filtered),
            MetricKey.ROWS_TRAIN: len(split.train),
            MetricKey.ROWS_TEST: len(split.test),
            MetricKey.TARGET_RATE_KEPT: float(split.filtered[target].mean()),
            MetricKey.TARGET_RATE_TRAIN: float(split.train[target].mean()),
            MetricKey.TARGET_RATE_TEST: float(split.test[target].mean()),
        }
    )
    described = profile(
        split.filtered,
        contract,
        nulls=nulls or {},
        duplicates=duplicates,
        both_sides=splitting.on_both_sides(split, contract),
        test_rows=len(split.test),
    )
    run.json(Artifact.PROFILE, described.as_dict())
    run.json(Artifact.TRAIN_AND_TEST, [vars(panel) for panel in _panels(split, contract)])
    if len(split.filtered) > MOST_DRAWN:
        run.table(Artifact.SAMPLE, split.filtered.sample(MOST_DRAWN, random_state=STUDY_SEED))
    if split.spans:
        run.tags({Tag.SPANS: json.dumps(split.spans)})
    run.text(Artifact.CONTRACT, contracts.dumps(contract))
    run.table(Artifact.DATA, split.filtered)
    for name, artifact, rows in (
        ("train", Artifact.TRAIN_SET, split.train),
        ("test", Artifact.TEST_SET, split.test),
    ):
        run.table(artifact, rows)
        if (identity := getattr(split, f"{name}_identity")) is not None:
            run.table(IDENTITIES[name], identity)
        run.dataset(
            rows,
            name=f"{contract.name}-{name}",
            source=source,
            context=name,
            digest=split.fingerprint,
            target=target,
        )


def prepared(run_id: str) -> Prepared:
    """A preparation run, read back."""
    return _value(tracking.get(settings.load(), run_id))


def latest_prepared(project: str) -> Prepared:
    """The newest preparation; none yet is `NothingYet`."""
    found = tracking.runs(settings.load(), project, RunName.PREPARATION, limit=1)
    if not found:
        raise NothingYet(message("Nothing is prepared yet."), message("Prepare the data first."))
    return _value(found[0])


def split_of(run_id: str) -> tuple[PreparedSplit, Contract]:
    """The split that a preparation run wrote, and the contract it was made under."""
    place = settings.load()
    contract = contract_of(run_id)
    filtered, train, test = (
        tracking.read_table(place, run_id, name) for name in (Artifact.DATA, Artifact.TRAIN_SET, Artifact.TEST_SET)
    )
    record = tracking.get(place, run_id)
    return PreparedSplit(
        filtered,
        train,
        test,
        record.tags[Tag.FINGERPRINT],
        dict(record.parameters),
        train_identity=identity_of(run_id, "train"),
        test_identity=identity_of(run_id, "test"),
    ), contract


def identity_of(run_id: str, part: str) -> pd.DataFrame | None:
    """What the rows of a preparation's `part`, "train" or "test", are known by; None for one from before this was
    kept."""
    place = settings.load()
    if not tracking.has(place, run_id, IDENTITIES[part]):
        return None
    return tracking.read_table(place, run_id, IDENTITIES[part])


def source_of(run_id: str) -> tuple[Path, CheckedRows]:
    """The table that a run was prepared from, checked once more: its rows are the prepared ones, with their time.

    A table that is gone or has changed is a `CourtsideError`."""
    place, contract, record = settings.load(), contract_of(run_id), tracking.get(settings.load(), run_id)
    path = sources.resolve(place, contract, record.parameters[Parameter.SOURCE], role="train")
    if not path.exists() or tables.digest(path) != record.tags[Tag.SOURCE_SHA256]:
        raise CourtsideError(
            message("{source} is gone, or it is no longer what was prepared.", source=path.name),
            message("Prepare the data again and train on it."),
        )
    return path, _read(place, contract, str(path), repeats=record.parameters.get(Parameter.REPEATS, "keep")).checked


def emphasis(run_id: str) -> Emphasis:
    """What a retraining's preparation says of its training rows: how much each counts, and which rank candidates."""
    place = settings.load()
    if not tracking.has(place, run_id, Artifact.EMPHASIS):
        return ALIKE
    table = tracking.read_table(place, run_id, Artifact.EMPHASIS)
    found = {name: table[name].to_numpy() for name in ("weights", "judged")}
    return Emphasis(**{name: values for name, values in found.items() if len(np.unique(values)) > 1})


def train_and_test(run_id: str) -> list[Panel]:
    """Per feature, how the training rows and the test rows lie; for a chart that shows whether a split is fair."""
    return [
        Panel(**known(Panel, stored)) for stored in tracking.read_json(settings.load(), run_id, Artifact.TRAIN_AND_TEST)
    ]


def drawn_rows(run_id: str) -> pd.DataFrame:
    """The prepared rows for pictures and quick studies: all of them, of many a sample of `MOST_DRAWN`."""
    name = Artifact.SAMPLE if prepared(run_id).rows_kept > MOST_DRAWN else Artifact.DATA
    return tracking.read_table(settings.load(), run_id, name)


def first_rows(run_id: str) -> pd.DataFrame:
    """The first `FIRST` training rows, however many there are."""
    return next(tables.chunks(tracking.artifact(settings.load(), run_id, Artifact.TRAIN_SET), rows=FIRST))


def table_profile(run_id: str) -> TableProfile:
    """What a preparation knows of its rows."""
    return TableProfile.from_dict(tracking.read_json(settings.load(), run_id, Artifact.PROFILE))


def rejected(run_id: str) -> tuple[pd.DataFrame, list[Message]]:
    """The rows that a preparation rejected, each with its reason, and what was wrong with their columns."""
    place = settings.load()
    if not prepared(run_id).rows_rejected:
        return pd.DataFrame(), []
    violations = [Message.from_dict(item) for item in tracking.read_json(place, run_id, Artifact.VIOLATIONS)]
    return tracking.read_table(place, run_id, Artifact.REJECTED), violations


def share_study(run_id: str) -> list[ShareSpread]:
    """What the test share does to the test log loss on a preparation's rows."""
    return shares.spread(drawn_rows(run_id), contract_of(run_id), seed=STUDY_SEED)


def contract_of(run_id: str) -> Contract:
    """The contract that a preparation run was made under."""
    return contracts.loads(tracking.artifact(settings.load(), run_id, Artifact.CONTRACT).read_text())


def _panels(split: PreparedSplit, contract: Contract) -> list[Panel]:
    # A picture of shapes: beyond a million rows every so-manieth shows the same.
    step = max(1, len(split.filtered) // 1_000_000)
    train, test = split.train[::step], split.test[::step]
    return [
        Panel.of(feature, *histogram(train[feature.name], test[feature.name], feature)) for feature in contract.features
    ]


@dataclass(frozen=True)
class _Table:
    path: Path
    rows_raw: int
    duplicates: int
    checked: CheckedRows
    ids: Series | None
    """Those of the checked rows."""


def _read(place: Settings, contract: Contract, data: str, *, repeats: str, progress: Progress = silent) -> _Table:
    # Twice over the file and never all of it in memory: repeats can only be told with all rows known.
    path = sources.resolve(place, contract, data, role="train", progress=progress)
    ids, hashes = [], []
    for chunk in outside.chunks(path):
        if list(chunk.columns).count(contract.id) == 1:
            ids.append(chunk[contract.id])
        hashes.append(row_hashes(chunk.drop(columns=contract.id, errors="ignore")))
    again = checking.repeats(pd.Series(np.concatenate(hashes))) if hashes else np.zeros(0, dtype=bool)
    del hashes
    refused, named = [], pd.concat(ids, ignore_index=True) if ids else None
    if named is not None:
        refused.append((checking.repeated_id(contract), checking.repeats(named)))
    if repeats == "drop":
        refused.append((message("the row repeats an earlier one"), again))
    del ids
    checked = checking.check(outside.chunks(path), contract, labelled=True, refused=refused)
    kept = None if named is None else named.iloc[checked.kept_positions].reset_index(drop=True)
    return _Table(path, len(again), int(again.sum()), checked, kept)


def _with_features(contract: Contract, features: tuple[str, ...]) -> Contract:
    if not features:
        return contract
    unknown = [name for name in features if name not in contract.feature_names]
    if unknown:
        raise CourtsideError(
            message("The contract {project} has no feature {names}.", project=contract.name, names=unknown),
            message("Choose among {names}.", names=contract.feature_names),
        )
    return replace(contract, features=tuple(item for item in contract.features if item.name in features))


def _value(record: RunRecord) -> Prepared:
    parameters, metrics = record.parameters, record.metrics
    counts = {name: int(metrics.get(name, 0)) for name in _COUNTS}
    return Prepared(
        run_id=record.run_id,
        source=parameters[Parameter.SOURCE],
        when=record.started,
        test_share=float(parameters[Parameter.TEST_SHARE]),
        seed=int(parameters[Parameter.SEED]),
        strategy=parameters[Parameter.STRATEGY],
        repeats=parameters.get(Parameter.REPEATS, "keep"),
        spans=json.loads(record.tags.get(Tag.SPANS, "{}")),
        features=_features(record),
        fingerprint=record.tags[Tag.FINGERPRINT],
        **counts,
        target_rate_kept=metrics[MetricKey.TARGET_RATE_KEPT],
        target_rate_train=metrics[MetricKey.TARGET_RATE_TRAIN],
        target_rate_test=metrics[MetricKey.TARGET_RATE_TEST],
    )


def _features(record: RunRecord) -> tuple[str, ...]:
    try:
        return tuple(tracking.value(record.parameters[Parameter.FEATURES]))
    except ValueError:  # MLflow had cut the long list that an earlier version gave it
        return tuple(contract_of(record.run_id).feature_names)


_COUNTS = (
    MetricKey.ROWS_RAW,
    MetricKey.ROWS_KEPT,
    MetricKey.ROWS_DROPPED,
    MetricKey.ROWS_REJECTED,
    MetricKey.ROWS_TRAIN,
    MetricKey.ROWS_TEST,
)
"""Fields of `Prepared` that are called as their metrics."""
