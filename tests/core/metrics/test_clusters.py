"""Where groups are the unit, an interval is as wide as so many groups allow; where rows are, it is that of the rows."""

from __future__ import annotations

import numpy as np
import pytest

from core.metrics import clusters, intervals


def rows(count: int, copies: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(target, probability, group) of so many cases, each there `copies` times in a group of its own."""
    random = np.random.default_rng(3)
    chance = random.random(count)
    target = (random.random(count) < chance).astype(int)
    return np.repeat(target, copies), np.repeat(chance, copies), np.repeat(np.arange(count), copies)


def width(found) -> float:
    return found.high - found.low


def test_copies_of_a_row_in_its_group_add_no_evidence():
    single, copied = rows(400), rows(400, copies=9)
    alone = intervals.intervals(*single[:2], ("skill",), 1)["skill"]
    grouped = clusters.intervals(*copied, ("skill",), 1)["skill"]
    naive = intervals.intervals(*copied[:2], ("skill",), 1)["skill"]
    assert width(grouped) == pytest.approx(width(alone), rel=0.15)
    assert width(naive) < width(alone) / 2


def test_copies_add_no_evidence_to_a_difference_either():
    target, chance, group = rows(400, copies=9)
    grouped = clusters.paired_difference(target, chance, np.full(len(chance), 0.5), group, 1)
    naive = clusters.paired_difference(target, chance, np.full(len(chance), 0.5), None, 1)
    assert grouped.value == pytest.approx(naive.value)
    assert width(grouped) > 2 * width(naive)


@pytest.mark.parametrize("groups", [None, "each row its own", "one for all"])
def test_without_groups_it_is_the_interval_of_the_rows(groups):
    target, chance, each = rows(300)
    known = {None: None, "each row its own": each, "one for all": np.zeros(300)}[groups]
    assert clusters.intervals(target, chance, known, ("roc_auc",), 1) == intervals.intervals(
        target, chance, ("roc_auc",), 1
    )
