"""Labels of some rows are not labels of the batch."""

from __future__ import annotations

import numpy as np
import pytest

from core.metrics.calibration import fit
from core.monitoring.selection import FEWEST_OTHERS, PROBABILITY, calibrated_for, unlike_the_others
from core.monitoring.unlabelled import Side
from tests.mixes import CONTRACT, judged, text, world


def test_labels_of_some_rows_are_said_to_be_so_and_ask_for_nothing():
    batch = world(4_000, 3)
    random = judged(batch, labelled=np.random.default_rng(0).random(4_000) < 0.4)
    assert random.unlike == ()
    picked = judged(batch, labelled=batch[1] >= 0.5)
    assert "probability" in picked.unlike
    assert "x" in picked.unlike
    assert not picked.asks_for_action
    assert picked.fit == "unknown"
    assert "they differ from the others" in text(picked)
    assert "Cannot tell yet: only rows unlike the others have labels." in text(picked)


def test_a_loss_among_labels_of_some_rows_is_still_found():
    batch = world(4_000, 3, kept=0.3)
    assert judged(batch, labelled=batch[1] >= 0.5).level == "retrain"


def test_labels_of_one_category_are_unlike_the_others_and_those_of_nearly_all_rows_can_not_be():
    side = Side(*world(2_000, 3))
    ward = (side.rows["ward"] == "b").to_numpy()
    assert "ward" in unlike_the_others(side, ward, CONTRACT)
    assert "x" not in unlike_the_others(side, ward, CONTRACT)
    nearly_all = np.arange(2_000) >= FEWEST_OTHERS - 1
    assert unlike_the_others(side, nearly_all, CONTRACT) == ()
    assert unlike_the_others(side, np.zeros(2_000, bool), CONTRACT) == ()
    assert PROBABILITY not in unlike_the_others(side, np.arange(2_000) % 2 == 0, CONTRACT)


def test_the_calibration_for_one_ward_is_that_ward_s_own_and_for_a_like_mix_that_of_the_reference():
    table, said, outcome = world(20_000, 1)
    weak = (table["ward"] == "b").to_numpy()
    outcome = np.where(weak, (np.random.default_rng(2).random(20_000) < 0.3), outcome).astype(float)
    reference = Side(table, said, outcome)
    batch = world(4_000, 3)[0]
    only = batch[batch["ward"] == "b"]
    high = np.array([0.9])
    assert calibrated_for(only, CONTRACT, reference, 1).probability(high)[0] == pytest.approx(0.3, abs=0.05)
    alike = calibrated_for(batch, CONTRACT, reference, 1).probability(high)[0]
    assert alike == pytest.approx(fit(outcome, said).probability(high)[0], abs=0.03)
