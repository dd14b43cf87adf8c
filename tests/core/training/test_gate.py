"""The gate before a version: every miss with its figure and its limit."""

from __future__ import annotations

import pytest

from core.training import gate

GOOD = {
    "test_skill": 0.1, "test_skill_low": 0.05, "test_skill_high": 0.15,
    "test_ece": 0.02, "test_ece_low": 0.0, "test_ece_high": 0.04,
}  # fmt: skip


def test_a_good_candidate_misses_nothing():
    assert gate.misses(GOOD, "aaaa", "aaaa") == gate.misses(GOOD, "aaaa") == ()


@pytest.mark.parametrize(
    ("metrics", "champions", "said"),
    [
        ({"test_skill_low": -0.01}, "", "+10.0\xa0% [\u22121.0\xa0%, +15.0\xa0%]; its whole interval must lie above 0"),
        ({"test_ece": 0.09, "test_ece_low": 0.06}, "", "9.0\xa0% [6.0\xa0%, 4.0\xa0%]; at most 5.0\xa0% is asked for"),
        ({}, "bbbb", "under contract aaaa; the champion's is bbbb"),
    ],
)
def test_a_miss_is_named_with_its_figure_and_its_limit(metrics, champions, said):
    (found,) = gate.misses(GOOD | metrics, "aaaa", champions)
    assert said in str(found)


def test_a_calibration_error_that_chance_explains_and_a_skill_that_nobody_knows():
    assert gate.misses(GOOD | {"test_ece": 0.09, "test_ece_low": 0.0}, "aaaa") == ()
    assert "not known" in str(gate.misses({}, "aaaa")[0])
