"""Values find their bins, and rows are sampled in step with no period."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.monitoring.bins import SAMPLE, Bins, sample
from tests.features import FINITE, VALUES


@given(st.lists(FINITE, min_size=1, max_size=60), VALUES)
@settings(deadline=None)
def test_the_table_finds_the_same_bin_as_a_search(edges, values):
    edges = np.unique(np.concatenate([edges, np.nextafter(edges, np.inf)]))
    values = np.array([*values, *edges])[np.isfinite([*values, *edges])]
    assert np.array_equal(Bins.of(edges).index(values), np.searchsorted(edges, values, side="right"))


def test_a_sample_is_in_step_with_no_period():
    values = np.tile([0.0, 1.0], SAMPLE * 5)
    assert len(sample(values)) == SAMPLE
    assert sample(values).mean() == pytest.approx(0.5, abs=0.001)
    assert sample(values[:10]).tolist() == values[:10].tolist()
