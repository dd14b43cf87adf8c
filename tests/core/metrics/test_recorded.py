"""The keys under which runs record what a candidate reached."""

from __future__ import annotations

from core.metrics.recorded import HIGH, LOW, on_folds, on_test, with_bounds


def test_a_metric_and_the_bounds_of_its_interval_have_keys_of_their_own():
    assert [on_test("skill"), on_test("skill", LOW), on_test("skill", HIGH)] == [
        "test_skill",
        "test_skill_low",
        "test_skill_high",
    ]
    assert on_folds("log_loss") == "cv_log_loss_mean"


def test_what_was_recorded_is_found_and_what_was_not_is_none():
    figures = {"test_skill": 0.1, "test_skill_low": 0.05, "test_skill_high": 0.2, "test_f1": 0.3}
    assert with_bounds(figures, "skill") == (0.1, 0.05, 0.2)
    assert with_bounds(figures, "f1") == (0.3, None, None)
    assert with_bounds(figures, "brier") == (None, None, None)
