"""Labelled rows in cells: no row is lost, and what is no labelled row is refused."""

from __future__ import annotations

import numpy as np
import pytest

from core.metrics.cells import Cells, checked, equal_counts, row_losses
from core.text.errors import CourtsideError
from tests.predictions import labelled


@pytest.mark.parametrize("digits", [9, 1], ids=["distinct probabilities", "tied probabilities"])
def test_every_row_is_in_one_cell_by_its_class(digits):
    target, probability = labelled(3_000, digits=digits)
    cells = Cells.of(target == 1, probability, 0.5)
    assert (cells.positives.sum(), cells.negatives.sum()) == (target.sum(), 3_000 - target.sum())
    assert (np.diff(cells.probability) > 0).all()
    assert ((cells.probability >= 0.5) == cells.called).all()


def test_merged_cells_hold_the_same_rows_and_losses_and_split_at_the_threshold():
    target, probability = labelled(30_000)
    cells = Cells.of(target == 1, probability, 0.4321)
    merged = cells.merged(100)
    assert len(merged.positives) < 120
    assert (merged.positives.sum(), merged.negatives.sum()) == (cells.positives.sum(), cells.negatives.sum())
    assert merged.log_loss[0] @ merged.positives == pytest.approx(cells.log_loss[0] @ cells.positives)
    assert merged.positives @ merged.called == cells.positives @ cells.called


def test_cells_of_known_counts_are_those_of_their_rows():
    target, probability = labelled(200, digits=1)
    cells = Cells.of(target == 1, probability, 0.5)
    again = Cells.at(cells.probability, cells.positives, cells.negatives, 0.5, equal_counts(probability, 10))
    for name, value in vars(cells).items():
        np.testing.assert_array_equal(vars(again)[name], value)


def test_no_row_at_all_is_an_error_that_the_user_can_read_and_labelled_rows_are_none():
    with pytest.raises(CourtsideError, match="no labelled row"):
        checked(np.array([]), np.array([]))
    target, probability = checked(np.array([0, 1]), np.array([0.1, 0.9]))
    assert (target.dtype, probability.dtype) == (bool, float)


def test_a_loss_is_finite_even_where_the_probability_was_certain_and_wrong():
    assert row_losses(np.array([1, 0]), np.array([0.0, 0.5])).tolist() == pytest.approx([36.04, np.log(2)], abs=0.01)
