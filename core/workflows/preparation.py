"""Run `PreparacaoDados`: a file becomes a checked, split table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from core import contract as contracts
from core import preparation, settings, sources, tracking
from core.charts.drift import Panel
from core.contract import Contract
from core.drift import histogram
from core.errors import CourtsideError, NothingYet
from core.messages import Progress, message, silent
from core.preparation import PreparedSplit
from core.tracking import Run, RunRecord

RUN = "PreparacaoDados"


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
    features: tuple[str, ...]
    fingerprint: str


def projects() -> list[str]:
    """The names of the projects there are."""
    return sources.names(settings.load())


def project_contract(project: str) -> Contract:
    """The contract of a project as its file says it today."""
    return sources.find(settings.load(), project)


def data_sources(project: str) -> list[sources.Source]:
    """What a project can be fed from: built-in files and uploads. Lists, downloads nothing."""
    place = settings.load()
    return sources.catalogue(place, sources.find(place, project))


def upload(name: str, data: bytes) -> Path:
    """Keeps an uploaded file in the workspace and returns where."""
    return sources.keep_upload(settings.load(), name, data)


def prepare(
    project: str,
    data: str = "",
    *,
    test_share: float = 0.2,
    seed: int = 10,
    strategy: str = "stratified",
    features: tuple[str, ...] = (),
    progress: Progress = silent,
) -> Prepared:
    """Checks `data` (a source's key or a path; the project's own training data by default) and splits it."""
    place = settings.load()
    contract = _with_features(sources.find(place, project), features)
    progress(0, 3, message("Reading the data"))
    path = sources.resolve(place, contract, data, role="train")
    raw = sources.read_table(path)
    progress(1, 3, message("Checking {rows:,} rows against the contract", rows=len(raw)))
    checked = contracts.check(raw, contract, labelled=True)
    split = preparation.split(checked.rows, contract, test_share=test_share, seed=seed, strategy=strategy)
    progress(2, 3, message("Writing the run"))
    with tracking.run(place, project, RUN) as run:
        run.tags({"source_sha256": sources.digest(path)})
        run.metrics(
            {"rows_raw": len(raw), "rows_dropped": checked.dropped_null, "rows_rejected": len(checked.rejected)}
        )
        if len(checked.rejected):
            run.table("rejected.parquet", checked.rejected)
        write(run, split, contract, source=str(path))
    return prepared(run.run_id)


def write(run: Run, split: PreparedSplit, contract: Contract, *, source: str) -> None:
    """Writes a split, however it was made, into a preparation run."""
    target = contract.target
    rates = {name: float(getattr(split, name)[target].mean()) for name in ("train", "test")}
    run.parameters({**split.parameters, "features": contract.feature_names, "source": source})
    run.tags({"fingerprint": split.fingerprint, "contract_fingerprint": contract.fingerprint})
    run.metrics(
        {
            "rows_kept": len(split.filtered),
            "rows_train": len(split.train),
            "rows_test": len(split.test),
            "target_rate_kept": float(split.filtered[target].mean()),
            "target_rate_train": rates["train"],
            "target_rate_test": rates["test"],
        }
    )
    run.text("contract.toml", contracts.dumps(contract))
    run.table("data_filtered.parquet", split.filtered)
    for name, rows in (("train", split.train), ("test", split.test)):
        run.table(f"{name}_set.parquet", rows)
        run.dataset(
            rows, name=f"{contract.name}-{name}", source=source, context=name, digest=split.fingerprint, target=target
        )


def prepared(run_id: str) -> Prepared:
    """A preparation run, read back."""
    return _value(tracking.get(settings.load(), run_id))


def latest_prepared(project: str) -> Prepared:
    """The newest preparation; none yet is `NothingYet`."""
    found = tracking.runs(settings.load(), project, RUN, limit=1)
    if not found:
        raise NothingYet(message("Nothing is prepared yet."), message("Prepare the data first."))
    return _value(found[0])


def split_of(run_id: str) -> tuple[PreparedSplit, Contract]:
    """The split that a preparation run wrote, and the contract it was made under."""
    place = settings.load()
    contract = contract_of(run_id)
    filtered, train, test = (
        tracking.read_table(place, run_id, f"{name}.parquet") for name in ("data_filtered", "train_set", "test_set")
    )
    record = tracking.get(place, run_id)
    return PreparedSplit(filtered, train, test, record.tags["fingerprint"], dict(record.parameters)), contract


def train_and_test(run_id: str) -> list[Panel]:
    """Per feature, how the training rows and the test rows lie; for a chart that shows whether a split is fair."""
    split, contract = split_of(run_id)
    panels = []
    for feature in contract.features:
        bins, train, test = histogram(split.train[feature.name], split.test[feature.name], feature)
        panels.append(Panel.of(feature, bins, train, test))
    return panels


def contract_of(run_id: str) -> Contract:
    """The contract that a preparation run was made under."""
    return contracts.loads(tracking.artifact(settings.load(), run_id, "contract.toml").read_text())


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
    counts = {
        name: int(record.metrics.get(name, 0))
        for name in ("rows_raw", "rows_kept", "rows_dropped", "rows_rejected", "rows_train", "rows_test")
    }
    rates = {f"target_rate_{name}": record.metrics[f"target_rate_{name}"] for name in ("kept", "train", "test")}
    return Prepared(
        run_id=record.run_id,
        source=record.parameters["source"],
        when=record.started,
        test_share=float(record.parameters["test_share"]),
        seed=int(record.parameters["seed"]),
        features=tuple(tracking.value(record.parameters["features"])),
        fingerprint=record.tags["fingerprint"],
        **counts,
        **rates,
    )
