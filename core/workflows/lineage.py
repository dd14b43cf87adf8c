"""Where a version came from and what it has done since, read from the runs."""

from __future__ import annotations

from pathlib import Path

from core import registry, settings, tracking
from core.lineage import Lineage, Node
from core.messages import Message, message
from core.registry import RegisteredVersion
from core.training import title
from core.workflows import monitoring, overview, scoring

MOST_BATCHES = 5
LOOKED_BACK = 1_000


def lineage(project: str, version: int) -> Lineage:
    """File, contract, preparation, training, candidate, version, then the newest batches that it scored and what was
    found of them. Before a retrained version stand the batches that joined its data, too."""
    found = registry.get(settings.load(), project, version)
    nodes = _made(found)
    nodes += _done(project, found)
    return Lineage(tuple({node.key: node for node in nodes}.values()))


def _made(version: RegisteredVersion) -> list[Node]:
    place = settings.load()
    run, training_run = version.tags["preparation_run"], version.tags["training_run"]
    trained = tracking.get(place, training_run)
    metrics = tracking.get(place, version.run_id).metrics
    figures = {name: value for name, value in metrics.items() if name.startswith("test_")}
    return [
        *_prepared(run),
        _run(training_run, "training", message("Training run {run}", run=training_run[:8]), (run,), "training",
             {"started": trained.started.isoformat()}, run=training_run),
        _run(version.run_id, "candidate", title(version.candidate), (training_run,), "training", figures,
             run=training_run, candidate=version.candidate),
        _version(version.version, (version.run_id,), {"threshold": version.threshold, "alias": version.alias}),
    ]  # fmt: skip


def _prepared(run_id: str) -> list[Node]:
    place = settings.load()
    record = tracking.get(place, run_id)
    contract = record.tags["contract_fingerprint"]
    before = _sources(record)
    title = message("Preparation: {train:,} + {test:,} rows", train=int(record.metrics["rows_train"]),
                    test=int(record.metrics["rows_test"]))  # fmt: skip
    return [
        *before,
        _run(f"contract {contract}", "contract", message("Contract {fingerprint}", fingerprint=contract[:8]), (),
             "data_preparation", {"fingerprint": contract}, run=run_id),
        _run(run_id, "preparation", title, (*(node.key for node in before if node.kind in ("file", "preparation",
             "batch")), f"contract {contract}"), "data_preparation", {"fingerprint": record.tags["fingerprint"]},
             run=run_id),
    ]  # fmt: skip


def _sources(record: tracking.RunRecord) -> list[Node]:
    """The file behind a preparation, or the preparation and the batches that were joined in it."""
    place = settings.load()
    if "base_preparation" in record.tags:
        joined = [_batch(tracking.get(place, run_id), ()) for run_id in record.tags["scoring_run"].split(",") if run_id]
        return [*_prepared(record.tags["base_preparation"]), *joined]
    sha256, name = record.tags.get("source_sha256", ""), Path(record.parameters["source"]).name
    rows = int(record.metrics["rows_raw"])
    details = {"name": name, "sha256": sha256, "rows": rows}
    return [
        _run(f"file {sha256 or name}", "file", message("{name}, {rows:,} rows", name=name, rows=rows), (),
             "data_preparation", details, run=record.run_id)
    ]  # fmt: skip


def _done(project: str, version: RegisteredVersion) -> list[Node]:
    place = settings.load()
    runs = tracking.runs(place, project, scoring.RUN, limit=LOOKED_BACK)
    own = [record for record in runs if record.tags["model_version"] == str(version.version)][:MOST_BATCHES]
    assessed = {
        record.tags["scoring_run"]: record
        for record in reversed(tracking.runs(place, project, monitoring.RUN, limit=LOOKED_BACK))
    }
    nodes = []
    for record in own:
        nodes.append(_batch(record, (f"version {version.version}",)))
        if found := assessed.get(record.run_id):
            level = found.tags["verdict"]
            verdict = message("Verdict: {verdict}", verdict=overview.LEVELS.get(level, level))
            nodes.append(
                _run(found.run_id, "assessment", verdict, (record.run_id,), "monitoring",
                     {"verdict": found.tags["verdict"]}, batch=record.run_id)
            )  # fmt: skip
    return nodes


def _batch(record: tracking.RunRecord, parents: tuple[str, ...]) -> Node:
    rows = int(record.metrics["rows"])
    details = {"name": record.tags["batch"], "sha256": record.tags["fingerprint"], "rows": rows}
    title = message("Batch {name}, {rows:,} rows", name=record.tags["batch"], rows=rows)
    return _run(record.run_id, "batch", title, parents, "production_scoring", details, batch=record.run_id)


def _version(number: int, parents: tuple[str, ...], details: dict) -> Node:
    title = message("Version {version}", version=number)
    return _run(f"version {number}", "version", title, parents, "model_registry", details, version=str(number))


def _run(key: str, kind: str, title: Message, parents: tuple, page: str, details: dict, **choices: str) -> Node:
    return Node(key, kind, title, details, parents, page, choices)
