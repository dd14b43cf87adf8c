"""What the labels of a batch say, beside what its own cases let one expect."""

from __future__ import annotations

import numpy as np
import pytest

from core.metrics.calibration import fit
from core.monitoring.budget import level
from core.monitoring.labelled import Labelled, Yardstick, what_labels_say
from core.monitoring.labelling import SKILL_LOSS
from core.monitoring.unlabelled import Side
from tests.mixes import CONTRACT, judged, world


def said(reference: Side, batch: Side, *, inside: bool = True, look: int = 1) -> Labelled:
    against = Yardstick(fit(*reference.known()), inside, look)
    return what_labels_say(CONTRACT, reference, batch, 0.5, 1, against)


def test_fewer_than_ten_of_a_class_show_no_performance():
    table, said, outcome = world(1_000, 3, offset=-4.0)
    rare = np.zeros(1_000)
    rare[np.flatnonzero(outcome)[:9]] = 1
    assert judged((table, said, rare)).performance is None
    rare[np.flatnonzero(outcome)[9]] = 1
    assert judged((table, said, rare)).performance is not None


@pytest.mark.parametrize("look", [1, 7])
def test_both_figures_share_what_a_look_may_spend(look):
    found = said(Side(*world(4_000, 1)), Side(*world(1_000, 3)), look=look)
    assert sum(one.alpha for one in found.performance.losses) == pytest.approx(level(look))


def test_rows_inside_the_reference_are_held_against_their_mix_and_others_against_the_reference():
    sides = Side(*world(4_000, 1)), Side(*world(1_000, 3, spread=0.5))
    assert all(one.of_mix for one in said(*sides).performance.losses)
    assert not any(one.of_mix for one in said(*sides, inside=False).performance.losses)


def test_the_plan_is_for_a_quarter_of_the_skill_that_these_cases_let_one_expect():
    reference, batch = Side(*world(4_000, 1)), world(1_000, 3, spread=0.7)
    found = said(reference, Side(*batch))
    assert found.margin == pytest.approx(SKILL_LOSS * found.performance.skill_loss.expected.value)
    without = said(reference, Side(*batch[:2]))
    assert (without.performance, without.margin) == (None, found.margin)
    assert without.plan.available == 1_000


def test_a_reference_without_enough_labels_is_no_yardstick():
    table, told, outcome = world(4_000, 1)
    few = Side(table, told, np.where(np.arange(4_000) < 99, outcome, np.nan))
    assert said(few, Side(*world(1_000, 3))) == Labelled(None, None, None, ())
