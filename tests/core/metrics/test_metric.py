"""A metric writes its values, their differences, and tells which of several is the worst."""

from __future__ import annotations

import pytest

from core.metrics.registry import METRICS
from core.text.language import translate


@pytest.mark.parametrize(("key", "signed"), [("skill", "+.1%"), ("log_loss", "+.4f"), ("ece", "+.1%")])
def test_a_difference_has_its_sign_and_the_digits_of_the_metric(key, signed):
    assert METRICS[key].signed == signed


def test_a_value_is_written_as_its_reader_writes_numbers():
    assert translate(METRICS["log_loss"].written(0.5), "en") == "0.5000"
    assert translate(METRICS["log_loss"].written(0.5), "pt_BR") == "0,5000"


def test_the_worst_value_is_the_lowest_where_higher_is_better_and_else_the_highest():
    assert METRICS["roc_auc"].worst([0.5, 0.7], float) == 0.5
    assert METRICS["log_loss"].worst([0.5, 0.7], float) == 0.7


def test_what_has_no_short_title_is_called_by_its_title():
    assert str(METRICS["roc_auc"].short) == "AUC"
    assert METRICS["skill"].short == METRICS["skill"].title
