"""What an assessment of the real files keeps and what is read from it: counts, importance, windows, batches."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core import workflows
from core.monitoring.drift import compare
from core.monitoring.profiles import Profile
from core.store import settings, tracking
from core.workflows.runs import Artifact


@pytest.fixture
def monitored(lifecycle_home):
    return workflows.latest_monitored("kobe")


def test_a_version_keeps_its_counts_and_importances_from_its_registration_on(lifecycle_home):
    version = workflows.champion("kobe")
    stored = tracking.read_json(settings.load(), version.run_id, Artifact.REFERENCE_PROFILE)
    assert [*stored] == ["lat", "lon", "minutes_remaining", "period", "playoffs", "shot_distance", "probability"]
    assert all(Profile.from_dict(one).rows == 4_057 for one in stored.values())
    assert tracking.has(settings.load(), version.run_id, "importance.json")


def test_drift_from_the_stored_counts_is_that_of_the_rows_and_weighed_by_importance(monitored):
    contract = workflows.project_contract("kobe")
    reference = workflows.reference(workflows.champion("kobe"))
    rows = compare(reference, workflows.scored_rows(monitored.scoring_run), contract)
    of_rows = {one.feature: one for one in rows}
    for one in monitored.assessment.drift:
        assert one.effect == pytest.approx(of_rows[one.feature].effect)
        assert one.wasserstein == pytest.approx(of_rows[one.feature].wasserstein)
    weights = [one.effect * one.importance for one in monitored.assessment.drift]
    assert weights == sorted(weights, reverse=True)
    assert sum(one.importance for one in monitored.assessment.drift) == pytest.approx(1)
    assert [one.feature for one in monitored.assessment.drift if one.drifted and not one.matters] == ["lon"]


def test_the_run_holds_the_verdict_in_the_words_of_the_page(monitored):
    said = tracking.artifact(settings.load(), monitored.run_id, "verdict.txt").read_text()
    assert said == "\n".join(map(str, monitored.assessment.text)) + "\n"
    assert "3 of 6 features changed, most of all Shot distance, Latitude." in said


def test_what_the_model_relies_on_is_weighed_on_both_sides(monitored):
    found = workflows.importance_changes(monitored.run_id)
    before = workflows.importance(workflows.champion("kobe").run_id)
    assert {one.feature: one.before for one in found} == before
    assert (found[0].feature, found[0].certain) == ("shot_distance", True)
    assert found[0].now.value < found[0].before.value


@pytest.mark.parametrize(("by", "windows"), [("season", 20), ("year", 21), ("month", 140), ("rows", 13)])
def test_every_row_of_the_batch_is_in_one_window_whatever_it_is_cut_by(monitored, by, windows):
    found = workflows.over_time(monitored.scoring_run, "log_loss", by, 500)
    assert len(found.windows) == windows
    assert sum(one.rows for one in found.windows) == 6_426
    assert sum(one.labelled for one in found.windows) == 5_412
    assert found.reference.value == pytest.approx(0.6758, abs=1e-4)


def test_batches_of_all_versions_stand_in_their_order_and_one_scored_twice_by_a_version_stands_once(
    monitored, tmp_path
):
    table = pd.read_parquet(settings.load().kobe_dir / "dataset_kobe_dev.parquet")
    known = table.dropna(subset="shot_made_flag").tail(2_000)
    known.to_parquet(tmp_path / "more.parquet")
    table[table["shot_made_flag"].isna()].to_parquet(tmp_path / "unknown.parquet")
    for name in ("more", "unknown", "more"):
        workflows.score("kobe", str(tmp_path / f"{name}.parquet"))
    of_first = workflows.latest_scored("kobe").roc_auc
    workflows.register("kobe", "dt", reason="for the test")
    workflows.promote("kobe", 2, reason="for the test")
    workflows.score("kobe", str(tmp_path / "more.parquet"))
    found = workflows.over_batches("kobe", "roc_auc")
    assert [(one.label, one.labelled, version) for one, version in zip(found.windows, found.versions, strict=True)] == [
        ("dataset_kobe_prod.parquet", 5_412, 1),
        ("unknown.parquet", 0, 1),
        ("more.parquet", 2_000, 1),
        ("more.parquet", 2_000, 2),
    ]
    assert found.windows[1].figures == {}
    figures = [found.windows[place].figures["roc_auc"].value for place in (2, 3)]
    assert figures == pytest.approx([of_first, workflows.latest_scored("kobe").roc_auc], abs=1e-12)
    recorded = workflows.version_metrics(workflows.versions("kobe"))
    tested = {version: figures["test_roc_auc"] for version, figures in recorded.items()}
    assert {version: bounds.value for version, bounds in found.references.items()} == pytest.approx(tested)
    assert found.reference == found.references[2]


def test_a_batch_like_the_reference_without_labels_has_a_trusted_estimate_and_no_change_of_importance(
    lifecycle_home, tmp_path
):
    table = pd.read_parquet(settings.load().kobe_dir / "dataset_kobe_dev.parquet")
    table[table["shot_made_flag"].isna()].to_parquet(tmp_path / "unknown.parquet")
    scored = workflows.score("kobe", str(tmp_path / "unknown.parquet"))
    found = workflows.monitor("kobe", scored.run_id)
    assert found.assessment.level == "healthy"
    assert [fact.chart for fact in found.assessment.facts] == ["drift", "estimate"]
    assert workflows.unlabelled(found.run_id).gate.open
    assert workflows.importance_changes(found.run_id) == ()
    assert workflows.over_time(scored.run_id).windows == ()


def test_the_slices_of_the_real_production_know_zones_seasons_and_distances(monitored):
    found = workflows.worst_slices(monitored.scoring_run)
    looked_at = {one.feature for one in found}
    assert {"shot_zone_basic", "season", "period", "shot_distance", "playoffs", "game_date"} <= looked_at
    assert not looked_at & {"probability", "prediction", "status", "reason", "game_id", "shot_made_flag"}
    assert np.all([one.rows >= 100 for one in found])
