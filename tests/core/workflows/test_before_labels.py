"""What an assessment keeps of a batch without its labels, on the real files."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from core import workflows
from core.monitoring.unlabelled import Unlabelled


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


@pytest.mark.parametrize("level", ["healthy", "watch", "retrain", "stop"])
def test_only_the_two_upper_levels_ask_for_action(lifecycle_home, level):
    from dataclasses import replace

    assessment = replace(workflows.latest_monitored("kobe").assessment, level=level)
    assert assessment.asks_for_action == (level in ("retrain", "stop"))
