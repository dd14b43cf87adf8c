"""Every drift statistic tells two samples of one population from two that differ, for the kinds that it is for."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.contract import Feature
from core.monitoring.drift import drift
from core.monitoring.profiles import count, profile
from core.monitoring.statistics import STATISTICS
from core.text.language import LANGUAGES, translate

KINDS = {"number": True, "category": False}
"""Whether its values are ordered."""


def sides(kind: str, moved: bool) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    if kind == "number":
        return rng.normal(size=2_000), rng.normal(2.0 * moved, 1, 2_000)
    shares = [0.2, 0.8] if moved else [0.7, 0.3]
    return rng.choice(["left", "right"], 2_000, p=[0.7, 0.3]), rng.choice(["left", "right"], 2_000, p=shares)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", STATISTICS)
def test_a_statistic_finds_what_moved_and_is_silent_on_what_did_not(key, kind):
    statistic = STATISTICS[key]
    found = []
    for moved in (False, True):
        reference, current = sides(kind, moved)
        before = profile(reference, Feature("one", kind))
        found.append(drift(before, count(current, before))[key])
    if statistic.ordered not in (KINDS[kind], None):
        assert found == [None, None]
    elif key.endswith("_p"):
        assert found[0] > 0.01 > found[1]
    else:
        assert found[0] < 0.1 < 0.2 < found[1]


def test_a_statistic_with_a_threshold_is_a_distance_whose_error_is_known():
    assert [key for key, one in STATISTICS.items() if one.threshold] == ["psi", "wasserstein", "total_variation"]
    for kind in KINDS:
        reference, current = sides(kind, True)
        before = profile(reference, Feature("one", kind))
        now = count(current, before)
        found = drift(before, now)
        decisive = [one for one in STATISTICS.values() if one.threshold and one.ordered in (KINDS[kind], None)]
        assert found.effect > 1
        assert found.low <= found.effect <= found.high
        assert len(decisive) == 2


@pytest.mark.parametrize("key", STATISTICS)
def test_a_statistic_says_what_it_is_in_every_language(key):
    statistic = STATISTICS[key]
    assert statistic.key == key
    assert len({translate(statistic.meaning, language) for language in LANGUAGES}) == len(LANGUAGES)


def test_a_statistic_that_has_nothing_to_go_by_is_none():
    before = profile(np.ones(50), Feature("one", "number"))
    found = drift(before, count(np.ones(50), before))
    assert found["wasserstein"] is None
    assert found["psi"] == 0
