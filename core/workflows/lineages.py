"""Where a figure came from and what was done with it since, read from the runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.documents.lineage import Details, Kind, Lineage, Node
from core.metrics.recorded import on_test
from core.store import registry, settings, tracking
from core.text.messages import Message, message
from core.text.vocabulary import LEVELS
from core.training.algorithms import title
from core.workflows.runs import MetricKey, Parameter, RunName, Tag

if TYPE_CHECKING:
    from core.store.registry import RegisteredVersion
    from core.store.tracking import RunRecord

MOST_BATCHES = 5
LOOKED_BACK = 1_000


def lineage(project: str, version: int) -> Lineage:
    """File, contract, preparation, training, candidate, version, then the newest batches that it scored and what was
    found of them. Before a retrained version stand the batches that joined its data, too."""
    found = registry.get(settings.load(), project, version)
    return _graph(f"version {version}", [*_made(found), *_done(project, found)])


def lineage_of(run_id: str) -> Lineage:
    """The same for whatever a run holds the figures of: a batch (on to all that was found of it), an assessment, or
    else a candidate (on to the versions made of it)."""
    place = settings.load()
    record, project = tracking.get(place, run_id), tracking.project_of(place, run_id)
    if record.name == RunName.SCORING:
        found = [item for item in _assessments(project) if item.tags[Tag.SCORING_RUN] == run_id][:MOST_BATCHES]
        return _graph(run_id, [*_scored(project, record), *map(_assessment, found)])
    if record.name == RunName.MONITORING:
        batch = tracking.get(place, record.tags[Tag.SCORING_RUN])
        return _graph(run_id, [*_scored(project, batch), _assessment(record)])
    nodes = _trained(record)
    for version in registry.versions(place, project):
        if version.run_id == run_id:
            nodes += [_version(version), *_done(project, version)]
    return _graph(run_id, nodes)


def _graph(about: str, nodes: list[Node]) -> Lineage:
    return Lineage(tuple({node.key: node for node in nodes}.values()), about)


def _made(version: RegisteredVersion) -> list[Node]:
    return [*_trained(tracking.get(settings.load(), version.run_id)), _version(version)]


def _trained(candidate: RunRecord) -> list[Node]:
    training = tracking.get(settings.load(), candidate.tags[tracking.PARENT])
    run = training.tags[Tag.PREPARATION_RUN]
    return [
        *_prepared(run),
        _run(training.run_id, "training", message("Training run {run}", run=training.run_id[:8]), (run,), "training",
             {"started": training.started.isoformat()}, run=training.run_id),
        _run(candidate.run_id, "candidate", title(candidate.name), (training.run_id,), "training",
             _figures(candidate, on_test("")), run=training.run_id, candidate=candidate.name),
    ]  # fmt: skip


def _prepared(run_id: str) -> list[Node]:
    place = settings.load()
    record = tracking.get(place, run_id)
    contract = record.tags[Tag.CONTRACT_FINGERPRINT]
    before = _sources(record)
    title = message("Preparation: {train:,} + {test:,} rows", train=int(record.metrics[MetricKey.ROWS_TRAIN]),
                    test=int(record.metrics[MetricKey.ROWS_TEST]))  # fmt: skip
    return [
        *before,
        _run(f"contract {contract}", "contract", message("Contract {fingerprint}", fingerprint=contract[:8]), (),
             "data_preparation", {"fingerprint": contract}, run=run_id),
        _run(run_id, "preparation", title, (*(node.key for node in before if node.kind in ("file", "preparation",
             "batch")), f"contract {contract}"), "data_preparation", {"fingerprint": record.tags[Tag.FINGERPRINT]},
             run=run_id),
    ]  # fmt: skip


def _sources(record: RunRecord) -> list[Node]:
    """The file behind a preparation, or the preparation and the batches that were joined in it."""
    place = settings.load()
    if Tag.BASE_PREPARATION in record.tags:
        joined = [
            _batch(tracking.get(place, run_id), ()) for run_id in record.tags[Tag.SCORING_RUN].split(",") if run_id
        ]
        return [*_prepared(record.tags[Tag.BASE_PREPARATION]), *joined]
    sha256, name = record.tags.get(Tag.SOURCE_SHA256, ""), Path(record.parameters[Parameter.SOURCE]).name
    rows = int(record.metrics[MetricKey.ROWS_RAW])
    details: Details = {"name": name, "sha256": sha256, "rows": rows}
    return [
        _run(f"file {sha256 or name}", "file", message("{name}, {rows:,} rows", name=name, rows=rows), (),
             "data_preparation", details, run=record.run_id)
    ]  # fmt: skip


def _done(project: str, version: RegisteredVersion) -> list[Node]:
    runs = tracking.runs(settings.load(), project, RunName.SCORING, limit=LOOKED_BACK)
    own = [record for record in runs if record.tags[Tag.MODEL_VERSION] == str(version.version)][:MOST_BATCHES]
    newest = {record.tags[Tag.SCORING_RUN]: record for record in reversed(_assessments(project))}
    nodes = []
    for record in own:
        nodes.append(_batch(record, (f"version {version.version}",)))
        if found := newest.get(record.run_id):
            nodes.append(_assessment(found))
    return nodes


def _scored(project: str, batch: RunRecord) -> list[Node]:
    """All that came before a batch, and the batch."""
    version = registry.get(settings.load(), project, int(batch.tags[Tag.MODEL_VERSION]))
    return [*_made(version), _batch(batch, (f"version {version.version}",))]


def _assessments(project: str) -> list[RunRecord]:
    return tracking.runs(settings.load(), project, RunName.MONITORING, limit=LOOKED_BACK)


def _assessment(record: RunRecord) -> Node:
    level, batch = record.tags[Tag.VERDICT], record.tags[Tag.SCORING_RUN]
    verdict = message("Verdict: {verdict}", verdict=LEVELS.get(level, level))
    details = {"verdict": level, **_figures(record)}
    return _run(record.run_id, "assessment", verdict, (batch,), "monitoring", details, batch=batch)


def _batch(record: RunRecord, parents: tuple[str, ...]) -> Node:
    rows = int(record.metrics[MetricKey.ROWS])
    details: Details = {
        "name": record.tags[Tag.BATCH],
        "sha256": record.tags[Tag.FINGERPRINT],
        **_figures(record),
        "rows": rows,
    }
    title = message("Batch {name}, {rows:,} rows", name=record.tags[Tag.BATCH], rows=rows)
    return _run(record.run_id, "batch", title, parents, "production_scoring", details, batch=record.run_id)


def _version(version: RegisteredVersion) -> Node:
    number = version.version
    details: Details = {"threshold": version.threshold, "alias": version.alias}
    return _run(f"version {number}", "version", message("Version {version}", version=number), (version.run_id,),
                "model_registry", details, version=str(number))  # fmt: skip


def _figures(record: RunRecord, start: str = "") -> Details:
    return {name: value for name, value in record.metrics.items() if name.startswith(start)}


def _run(
    key: str, kind: Kind, title: Message, parents: tuple[str, ...], page: str, details: Details, **choices: str
) -> Node:
    return Node(key, kind, title, details, parents, page, choices)
