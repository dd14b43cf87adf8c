"""What a candidate's runs answer when a picture asks, on the real files."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss

from core import workflows
from core.metrics.thresholds import Rule
from core.store import settings, tracking
from core.workflows import training
from core.workflows.runs import Artifact


@pytest.fixture
def candidate(lifecycle_home):
    return workflows.latest_trained("kobe").candidate("lr")


def test_importance_is_measured_once_kept_with_the_run_and_led_by_the_distance(candidate):
    tracking.artifact(settings.load(), candidate.run_id, Artifact.IMPORTANCE).unlink()
    found = workflows.importance(candidate.run_id)
    assert next(iter(found)) == "shot_distance"
    assert tracking.has(settings.load(), candidate.run_id, Artifact.IMPORTANCE)
    assert workflows.importance(candidate.run_id) == found


def test_each_fold_has_the_loss_of_its_own_rows(candidate):
    rows = training.out_of_fold(candidate.run_id)
    found = workflows.fold_losses(candidate.run_id)
    assert found == pytest.approx([log_loss(fold["target"], fold["probability"]) for _, fold in rows.groupby("fold")])
    assert np.mean(found) == pytest.approx(candidate.cv_log_loss_mean, abs=1e-4)


def test_the_probability_falls_with_the_distance(candidate):
    found = workflows.dependence(candidate.run_id, "shot_distance")
    assert found.mean[0] > found.mean[-1] + 0.1


def test_a_threshold_is_studied_on_the_training_rows_each_by_a_model_that_had_not_seen_it(candidate):
    rows = training.out_of_fold(candidate.run_id)
    found = workflows.threshold_study(candidate.run_id, Rule("cost"))
    assert len(rows) == 16_228
    wrong = (rows["probability"] >= found.chosen) != rows["target"]
    assert found.at_chosen == pytest.approx(wrong.mean())
    assert found.at_chosen == found.figure.min()
