"""A link says which metric and which windows are followed."""

from __future__ import annotations

import pytest

from tests.app import opened, words


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"metric": "log_loss", "by": "month"}, "#### Log loss by month"),
        ({"metric": "f1", "by": "year"}, "at the version's threshold"),
        ({"metric": "ece", "by": "rows", "rows": "1000"}, "#### Calibration error by rows"),
        ({"metric": "brier", "by": "batches"}, "#### Brier by batch"),
        ({"metric": "nonsense", "by": "nonsense", "rows": "-1"}, "#### Skill by season"),
        ({"by": "rows", "rows": "nonsense"}, "#### Skill by rows"),
    ],
)
def test_a_link_says_which_metric_and_which_windows_are_followed(lifecycle_home, choices, said):
    page = opened("pages/monitoring.py", show="performance", **choices)
    assert not page.error
    assert said in words(page)
