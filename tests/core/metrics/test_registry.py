"""What every metric of the registry has, and where each stands."""

from __future__ import annotations

import numpy as np
import pytest

from core.metrics.cells import Cells
from core.metrics.evaluation import point
from core.metrics.registry import METRICS, estimable, listed, recorded, thresholded
from core.text.language import LANGUAGES, translate
from tests.predictions import labelled


@pytest.mark.parametrize("key", METRICS)
def test_a_metric_says_what_it_is_in_every_language(key):
    metric = METRICS[key]
    assert metric.key == key
    assert len({translate(metric.meaning, language) for language in LANGUAGES}) == len(LANGUAGES)
    assert format(0.5, metric.spec) != format(0.25, metric.spec)


def measured(key: str, target: np.ndarray, probability: np.ndarray, threshold: float = 0.45) -> float:
    value = point(METRICS[key], Cells.of(target == 1, probability, threshold))
    assert value is not None
    return value


@pytest.mark.parametrize("key", METRICS)
def test_the_better_direction_is_the_one_in_which_true_probabilities_lie(key):
    target, probability = labelled(5_000)
    true, turned = (measured(key, target, one) for one in (probability, 1 - probability))
    assert METRICS[key].worst([true, turned], float) == turned


@pytest.mark.parametrize("key", METRICS)
def test_only_metrics_of_predictions_change_with_the_threshold(key):
    target, probability = labelled(500)
    found = {measured(key, target, probability, threshold) for threshold in (0.3, 0.6)}
    assert (len(found) == 2) == (METRICS[key] in thresholded())


def test_a_worthless_model_has_what_its_line_says():
    target, _ = labelled(1_000)
    lines = {metric.key: metric.worthless.value for metric in METRICS.values() if metric.worthless}
    assert lines == {"skill": 0.0, "roc_auc": 0.5}
    for key, value in lines.items():
        assert measured(key, target, np.full(1_000, target.mean())) == pytest.approx(value, abs=1e-9)


def test_a_recorded_name_leads_to_its_metric_and_another_name_to_none():
    for name in ("ece", "test_ece", "test_ece_low", "test_ece_high", "cv_ece_mean", "reference_ece"):
        assert recorded(name) is METRICS["ece"]
    assert recorded("test_log_loss_low") is METRICS["log_loss"]
    for name in ("rows", "target_rate", "test_", "low", "skill_share"):
        assert recorded(name) is None


def test_tables_show_what_they_showed_before_there_was_a_registry():
    before = {
        "candidate": {"log_loss", "skill", "roc_auc", "ece"},
        "summary": {"skill", "log_loss", "roc_auc", "f1"},
        "trend": {"skill", "log_loss", "roc_auc", "f1", "brier", "ece"},
        "comparison": {"log_loss", "brier", "roc_auc", "f1", "skill"},
        "search": {"log_loss", "roc_auc", "f1"},
    }
    then = set().union(*before.values(), {"average_precision", "accuracy", "precision", "recall"})
    for name, keys in before.items():
        assert {metric.key for metric in listed(name)} & then == keys
    assert {metric.key for metric in estimable()} & then == {"log_loss", "roc_auc", "f1", "accuracy", "skill"}
