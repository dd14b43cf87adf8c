"""Monitoring as a stage, on the real files: the verdict, what it rests on, and what comes before labels."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd

from core import workflows
from core.monitoring.unlabelled import Unlabelled
from core.store import settings, tracking
from tests.app import opened
from tests.loans import ROLES, loans
from tests.shots import production, write


def test_the_verdict_on_the_real_batch_names_distance_and_latitude_first(lifecycle_home):
    assessment = workflows.latest_monitored("kobe").assessment
    assert assessment.level == "retrain"
    assert "does not fit this batch" in str(assessment.headline)
    assert [item.feature for item in assessment.drift][:2] == ["shot_distance", "lat"]
    assert "Shot distance" in str(assessment.reasons[0])
    assert str(assessment.reasons[0]).index("Shot distance") < str(assessment.reasons[0]).index("Latitude")
    assert assessment.outside_share > 0.9


def test_the_estimate_of_the_real_production_is_withheld_because_the_rows_are_unlike_the_reference(lifecycle_home):
    monitored = workflows.latest_monitored("kobe")
    found = workflows.unlabelled(monitored.run_id)
    assert isinstance(found, Unlabelled)
    assert not found.gate.open
    assert any("unlike the test rows" in str(reason) for reason in found.gate.reasons)
    assert found.gate.outside_share > 0.9
    assert found.estimate.rows == 6_426
    assert found.separation.auc.low > 0.95
    assert found.separation.features[0][0] in ("shot_distance", "lat")


def test_the_rows_to_label_are_as_many_as_the_plan_asks_for_and_can_be_joined_back(lifecycle_home):
    monitored = workflows.latest_monitored("kobe")
    plan = workflows.unlabelled(monitored.run_id).labels
    asked = pd.read_csv(io.BytesIO(workflows.rows_to_label(monitored.run_id)))
    batch = workflows.scored_rows(monitored.scoring_run)
    assert len(asked) == plan.needed < len(batch)
    assert asked["shot_id"].is_unique
    assert set(asked["shot_id"]) <= set(batch["shot_id"])
    assert asked["shot_made_flag"].isna().all()


def test_the_worst_slices_of_the_real_production_are_worse_than_a_guess_for_certain(lifecycle_home):
    found = workflows.worst_slices(workflows.latest_scored("kobe").run_id)
    assert sum(item.rows for item in found if item.feature == "playoffs") == 5_412
    values = [item.excess.value for item in found]
    assert values == sorted(values, reverse=True)


def test_an_estimate_is_judged_by_earlier_labelled_batches_of_the_same_version(lifecycle_home):
    workflows.score("kobe", "kobe-prod")
    again = workflows.monitor("kobe")
    past = workflows.unlabelled(again.run_id).gate.past
    assert past.windows == 1
    assert workflows.unlabelled(workflows.monitor("kobe").run_id).gate.past == past


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


def test_features_of_any_name_leave_their_drift_in_the_run(store, tmp_path):
    nasty = {"income": "../x", "rate %": "a//b", "term": "y" * 300, "branch": "."}
    loans(400, 6).rename(columns=nasty).to_csv(tmp_path / "loans.csv", index=False)
    path = str(tmp_path / "loans.csv")
    workflows.create_project(path, ROLES, name="nasty")
    workflows.prepare("nasty", path)
    workflows.train("nasty", candidates=["lr"], folds=3, iterations=1)
    workflows.register("nasty", reason="to look at it")
    workflows.promote("nasty")
    workflows.score("nasty", path)
    found = workflows.monitor("nasty")
    recorded = tracking.get(settings.load(), found.run_id).metrics
    drifts = [item["psi"] for item in found.assessment.drift]
    assert sorted(value for key, value in recorded.items() if key.startswith("psi")) == sorted(drifts)
    assert len(drifts) == 9


def test_a_batch_of_rejected_rows_only_is_a_stop_that_raises_an_alert(lifecycle_home, tmp_path):
    batch = production().head(300).assign(period=99)
    assert workflows.score("kobe", write(batch, tmp_path / "rejected.parquet")).rows_scored == 0
    monitored = workflows.monitor("kobe")
    assert (monitored.assessment.level, monitored.asked_by) == ("stop", ("verdict",))
    assert [str(reason) for reason in monitored.assessment.reasons] == [
        "All 300 rows were rejected: none fits the contract."
    ]
    assert workflows.monitored(monitored.run_id) == monitored
    for show in ("changes", "performance", "slices", "importance", "labels", "policy"):
        page = opened("pages/monitoring.py", show=show)
        assert not page.exception
        assert not page.error
