"""Performance beside the reference: figures of both sides, and a loss only as far as it is certain."""

from __future__ import annotations

import numpy as np
import pytest

from core.metrics.evaluation import metrics
from core.metrics.intervals import Interval
from core.metrics.performance import Performance, certain_loss, measured
from tests.predictions import labelled


def test_both_sides_have_the_figures_of_their_own_rows_and_come_back_from_json():
    before, now = labelled(2_000, 1), labelled(1_000, 2)
    found = measured(before, now, 0.4, seed=0)
    assert (found.reference, found.current) == (metrics(*before, 0.4), metrics(*now, 0.4))
    assert found.skill.value == found.current["skill"]
    assert found.reference_roc_auc.value == found.reference["roc_auc"]
    assert found.skill.low < found.skill.value < found.skill.high
    bounds = {
        name: getattr(found, name).as_dict() for name in ("skill", "roc_auc", "reference_skill", "reference_roc_auc")
    }
    assert Performance.from_dict({"reference": found.reference, "current": found.current, **bounds}) == found


@pytest.mark.parametrize("place", [0, 1])
def test_one_class_on_either_side_measures_nothing(place):
    sides = [labelled(200, 1), labelled(200, 2)]
    sides[place] = np.ones(200, dtype=int), sides[place][1]
    assert measured(*sides, 0.5, seed=0) is None


def test_a_loss_is_certain_only_beyond_what_both_intervals_leave_open():
    before, near, far = Interval(0.10, 0.07, 0.13), Interval(0.09, 0.05, 0.13), Interval(0.02, -0.02, 0.06)
    assert certain_loss(before, near) < 0
    assert certain_loss(before, far) == pytest.approx(0.08 - np.hypot(0.03, 0.04))
    assert certain_loss(far, before) < 0
