"""Any version walks back to its file, and any figure to the run that holds it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from core import workflows
from core.store import settings, sources, tables, tracking

if TYPE_CHECKING:
    from core.documents.lineage import Lineage, Node


def by_kind(found: Lineage) -> dict[str, list[Node]]:
    kinds: dict[str, list[Node]] = {}
    for node in found.nodes:
        kinds.setdefault(node.kind, []).append(node)
    return kinds


def test_a_version_leads_from_its_file_to_the_verdict_on_its_batch(lifecycle_home):
    found = workflows.lineage("kobe", 1)
    assert [node.kind for node in found.nodes] == [
        "file", "contract", "preparation", "training", "candidate", "version", "batch", "assessment",
    ]  # fmt: skip
    kinds = {kind: nodes[0] for kind, nodes in by_kind(found).items()}
    dev, prod = (sources.kobe(settings.load(), name) for name in ("dev", "prod"))
    assert kinds["file"].details == {"name": dev.name, "sha256": tables.digest(dev), "rows": 24271}
    assert kinds["batch"].details.items() >= {"name": prod.name, "sha256": tables.digest(prod), "rows": 6426}.items()
    assert kinds["assessment"].details["verdict"] == "retrain"
    version = workflows.versions("kobe")[0]
    assert (
        kinds["candidate"].details["test_skill"] == tracking.get(settings.load(), version.run_id).metrics["test_skill"]
    )
    for before, after in (
        ("file", "preparation"), ("contract", "preparation"), ("preparation", "training"), ("training", "candidate"),
        ("candidate", "version"), ("version", "batch"), ("batch", "assessment"),
    ):  # fmt: skip
        assert kinds[before].key in kinds[after].parents


def test_a_retrained_version_leads_to_both_files_it_learned_from(retrained):
    kinds = by_kind(workflows.lineage("kobe", 2))
    assert len(kinds["preparation"]) == 2
    base, joined = kinds["preparation"]
    assert {base.key, kinds["batch"][0].key} <= set(joined.parents)
    assert kinds["file"][0].key in base.parents


def test_a_batch_leads_back_to_the_file_of_its_version_and_on_to_what_was_found_of_it(lifecycle_home):
    scored = workflows.latest_scored("kobe")
    again = workflows.monitor("kobe", scored.run_id)
    found = workflows.lineage_of(scored.run_id)
    assert found.about == scored.run_id
    kinds = by_kind(found)
    assert kinds["file"][0].details["rows"] == 24271
    assert [node.key for node in kinds["batch"]] == [scored.run_id]
    assert kinds["batch"][0].details["log_loss"] == scored.metrics["log_loss"]
    assert again.run_id in {node.key for node in kinds["assessment"]}
    assert len(kinds["assessment"]) == 2


def test_the_figures_of_an_assessment_lead_back_through_its_batch_alone(lifecycle_home):
    first = workflows.latest_monitored("kobe")
    workflows.monitor("kobe")
    kinds = by_kind(workflows.lineage_of(first.run_id))
    assert [node.key for node in kinds["assessment"]] == [first.run_id]
    assert kinds["assessment"][0].details["roc_auc"] == first.assessment.performance.current["roc_auc"]
    assert kinds["assessment"][0].parents == (first.scoring_run,)
    assert kinds["candidate"]
    assert kinds["file"]


def test_the_metrics_of_a_candidate_lead_back_to_the_file_and_on_to_its_versions(lifecycle_home):
    trained = workflows.latest_trained("kobe")
    used, unused = (workflows.lineage_of(trained.candidate(name).run_id) for name in ("lr", "dt"))
    assert by_kind(used).keys() == {
        "file", "contract", "preparation", "training", "candidate", "version", "batch", "assessment",
    }  # fmt: skip
    assert by_kind(unused).keys() == {"file", "contract", "preparation", "training", "candidate"}
    assert by_kind(unused)["candidate"][0].details["test_log_loss"] == trained.candidate("dt").test_log_loss


def test_the_json_holds_every_step_and_every_arrow(lifecycle_home):
    found = workflows.lineage("kobe", 1)
    stored = json.loads(json.dumps(found.as_dict()))
    assert {node["key"] for node in stored["nodes"]} == {node.key for node in found.nodes}
    assert {(edge["from"], edge["to"]) for edge in stored["edges"]} == {
        (parent, node.key) for node in found.nodes for parent in node.parents
    }
