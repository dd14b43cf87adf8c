"""Drift of a batch of any size, from counts: the same here, in parts, and on a cluster of two processes."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.data import checking
from core.data.contract import Contract, Feature
from core.monitoring.drift import between, compare
from core.monitoring.profiles import profile, profiles
from core.text.errors import CourtsideError
from core.workflows.batch_counts import PROBABILITY, count_batch

PLAIN = Contract(
    "plain",
    "Plain",
    "won",
    "1",
    (Feature("weight", "number"), Feature("count", "integer"), Feature("kind", "category"), Feature("on", "boolean")),
)


def scored(rows: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "weight": rng.normal(shift, 1, rows),
            "count": rng.poisson(4, rows),
            "kind": rng.choice(np.array(["a", "b", None], dtype=object), rows),
            "on": rng.random(rows) < 0.4,
            "probability": rng.beta(3, 3 + shift, rows),
            "status": np.where(rng.random(rows) < 0.1, "rejected", "scored"),
        }
    )


@pytest.fixture(scope="module")
def bins():
    reference = checking.check(scored(4_000, 0), PLAIN, labelled=False).rows
    output = profile(scored(4_000, 0)["probability"], Feature(PROBABILITY, "number"))
    return {**profiles(reference, PLAIN), PROBABILITY: output}


@pytest.fixture
def folder(tmp_path) -> Path:
    place = tmp_path / "predictions.parquet"
    place.mkdir()
    for number in range(6):
        scored(3_000, number + 1, 0.6).to_parquet(place / f"{number:05d}.parquet", index=False)
    return place


def test_the_counts_of_a_batch_give_the_drift_of_its_rows(bins, folder, tmp_path):
    table = pd.concat([pd.read_parquet(path) for path in sorted(folder.iterdir())], ignore_index=True)
    kept = table[table["status"] != "rejected"]
    counts = count_batch(folder, PLAIN, bins)
    assert counts[PROBABILITY].rows == len(kept)
    reference = checking.check(scored(4_000, 0), PLAIN, labelled=False).rows
    expected = compare(reference, checking.check(kept, PLAIN, labelled=False).rows, PLAIN)
    found = between({name: one for name, one in bins.items() if name != PROBABILITY}, counts)
    assert [one.drifted for one in found] == [True, False, False, False]
    for one, other in zip(found, expected, strict=True):
        assert one.statistics == pytest.approx(other.statistics)
        rest = [asdict(replace(side, new_categories=0)) for side in (one, other)]
        assert [side.pop("statistics") for side in rest] == [one.statistics, other.statistics]
        assert rest[0] == pytest.approx(rest[1])
    table.to_parquet(tmp_path / "one.parquet", index=False)
    whole = count_batch(tmp_path / "one.parquet", PLAIN, bins)
    assert {name: one.counts for name, one in whole.items()} == {name: one.counts for name, one in counts.items()}


def test_a_cluster_of_two_processes_gives_the_same_figures(bins, folder, cluster):
    assert count_batch(folder, PLAIN, bins, scheduler=cluster.scheduler_address) == count_batch(folder, PLAIN, bins)


def test_a_cluster_that_does_not_answer_is_one_message(bins, folder):
    with pytest.raises(CourtsideError, match="No Dask scheduler answers"):
        count_batch(folder, PLAIN, bins, scheduler="tcp://127.0.0.1:9")
