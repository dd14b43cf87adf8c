"""Folders of files, scored here and on a cluster: the same rows, each once, whatever happens to a worker."""

from __future__ import annotations

import os
import signal
import sys
from itertools import islice
from pathlib import Path

import cloudpickle
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from distributed import Client
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from core import workflows
from core.data import checking
from core.data.contract import Contract, Feature
from core.data.encoding import encoder, model_input
from core.scoring import scoring
from core.store import sources, tables
from core.store.settings import load as settings_of
from core.text.errors import CourtsideError
from core.workflows.partitions import score_path

PLAIN = Contract(
    name="plain",
    title="Plain",
    target="won",
    positive="1",
    id="row",
    features=(
        Feature("weight", "number", minimum=-5, maximum=5),
        Feature("count", "integer"),
        Feature("kind", "category"),
    ),
)
ROWS = 4000
"""Rows of one file."""


def rows(start: int, count: int = ROWS) -> pd.DataFrame:
    random = np.random.default_rng(start)
    return pd.DataFrame(
        {
            "row": np.arange(start, start + count),
            "weight": random.normal(0, 2, count),
            "count": random.integers(0, 99, count),
            "kind": random.choice(np.array(["a", "b", None], dtype=object), count),
            "won": random.integers(0, 2, count),
        }
    )


@pytest.fixture(scope="module")
def scorer() -> scoring.Scorer:
    training = checking.check(rows(0), PLAIN, labelled=True).rows
    pipeline = Pipeline([("features", encoder(PLAIN)), ("model", LogisticRegression())])
    pipeline.fit(model_input(training, PLAIN), training["won"])
    return scoring.scorer(pipeline, PLAIN, threshold=0.5, version=1, training=training)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Twelve files, two of them in a folder for their season; and what isn't data."""
    place = tmp_path / "batch"
    for number in range(12):
        path = place / ("season=2000" if number > 9 else "") / f"part-{number:02}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows(number * ROWS).to_parquet(path, index=False)
    (place / "_SUCCESS").write_text("")
    (place / ".part-00.parquet").write_text("half-written by somebody")
    return place


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_each_file_is_scored_into_the_file_of_its_name(scorer, folder, tmp_path):
    steps = list(score_path(scorer, folder, tmp_path / "scored", chunk=1000))
    assert [step.tally.rows for step in steps] == [*range(1000, 12 * ROWS + 1, 1000), 12 * ROWS]
    given = [str(path.relative_to(folder)) for path in sorted(folder.rglob("part-*.parquet"))]
    assert sorted(contents(tmp_path / "scored")) == given
    for name in given:
        scored, source = pd.read_parquet(tmp_path / "scored" / name), pd.read_parquet(folder / name)
        pd.testing.assert_frame_equal(scored[source.columns], source)
        assert scored["probability"].isna().equals(scored["weight"].abs() > 5)
    assert steps[-1].tally.rejected > 0


def test_one_file_and_many_give_a_row_the_same(scorer, folder, tmp_path):
    list(score_path(scorer, folder, tmp_path / "scored"))
    pd.concat([rows(number * ROWS) for number in range(12)]).to_parquet(tmp_path / "one.parquet", index=False)
    list(score_path(scorer, tmp_path / "one.parquet", tmp_path / "one_scored.parquet"))
    many = pq.read_table(tmp_path / "scored", partitioning=None).sort_by("row")
    assert many.equals(pq.read_table(tmp_path / "one_scored.parquet"))


def test_a_cluster_gives_the_same_bytes(scorer, folder, tmp_path, cluster):
    list(score_path(scorer, folder, tmp_path / "here"))
    steps = list(score_path(scorer, folder, tmp_path / "there", scheduler=cluster.scheduler_address))
    assert contents(tmp_path / "here") == contents(tmp_path / "there")
    assert [step.tally.rows for step in steps] == [*range(ROWS, 12 * ROWS + 1, ROWS), 12 * ROWS]


def test_a_killed_worker_costs_no_row_and_adds_none(scorer, folder, tmp_path, cluster):
    list(score_path(scorer, folder, tmp_path / "here"))
    steps = score_path(scorer, folder, tmp_path / "there", scheduler=cluster.scheduler_address, chunk=20)
    seen = list(islice(steps, 3))
    os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
    seen += steps
    assert seen[-1].tally.rows == 12 * ROWS
    scored = pq.read_table(tmp_path / "there", partitioning=None)
    assert sorted(scored["row"].to_pylist()) == list(range(12 * ROWS))
    given = pq.read_table(tmp_path / "here", partitioning=None).sort_by("row")
    assert scored.sort_by("row").equals(given)
    # Not even a hidden half of what the killed worker was writing.
    assert contents(tmp_path / "there").keys() == contents(tmp_path / "here").keys()


def test_the_model_goes_to_each_worker_once(scorer, folder, tmp_path, cluster):
    class Counted(scoring.Scorer):
        def __reduce__(self):
            return arrived, (str(tmp_path / "arrivals"), scorer)

    def arrived(path: str, sent: scoring.Scorer) -> scoring.Scorer:
        with open(path, "a") as file:
            file.write(f"{os.getpid()}\n")
        return sent

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    with Client(cluster.scheduler_address) as client:
        client.wait_for_workers(2)
        workers = client.run(os.getpid)
    counted = Counted(**{name: getattr(scorer, name) for name in ("model", "contract", "threshold", "version", "seen")})
    list(score_path(counted, folder, tmp_path / "there", scheduler=cluster.scheduler_address))
    arrivals = [int(line) for line in (tmp_path / "arrivals").read_text().split()]
    assert sorted(pid for pid in arrivals if pid in workers.values()) == sorted(workers.values())
    assert len(arrivals) <= len(workers) + 1  # the scheduler may look at it, which in a test is this process


def test_cancelling_leaves_nothing_here_and_there(scorer, folder, tmp_path, cluster):
    for scheduler in ("", cluster.scheduler_address):
        steps = score_path(scorer, folder, tmp_path / "scored", scheduler=scheduler, chunk=500)
        next(steps)
        steps.close()
        assert not (tmp_path / "scored").exists()
        assert not list(tmp_path.glob(".*"))
    with Client(cluster.scheduler_address) as client:
        carried = client.run(lambda dask_worker: [name for name in dask_worker.plugins if "courtside" in name])
        assert set(map(len, carried.values())) == {0}
    list(score_path(scorer, folder, tmp_path / "scored", scheduler=cluster.scheduler_address))
    assert not list(tmp_path.glob(".*"))


def test_a_folder_that_does_not_fit_as_a_whole_leaves_nothing(scorer, folder, tmp_path, cluster):
    for number in range(12):
        path = next(folder.rglob(f"part-{number:02}.parquet"))
        rows(number * ROWS).assign(weight=np.nan if number < 11 else "x").to_parquet(path, index=False)
    for scheduler in ("", cluster.scheduler_address):
        with pytest.raises(CourtsideError, match=rf"weight holds text.*rows {11 * ROWS + 1:d}, "):
            list(score_path(scorer, folder, tmp_path / "scored", scheduler=scheduler))
    rows(0).drop(columns="count").to_parquet(folder / "part-07.parquet")
    for scheduler in ("", cluster.scheduler_address):
        with pytest.raises(CourtsideError, match="count is missing"):
            list(score_path(scorer, folder, tmp_path / "scored", scheduler=scheduler))
    assert not (tmp_path / "scored").exists()
    assert not list(tmp_path.glob(".*"))


def test_what_stands_in_the_way_is_said(scorer, folder, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "taken").mkdir()
    rows(0, 0).to_parquet(tmp_path / "taken" / "none.parquet")
    with pytest.raises(CourtsideError, match="no parquet file"):
        list(score_path(scorer, tmp_path / "empty", tmp_path / "scored"))
    with pytest.raises(CourtsideError, match="it has no rows"):
        list(score_path(scorer, tmp_path / "taken", tmp_path / "scored"))
    with pytest.raises(CourtsideError, match="taken exists"):
        list(score_path(scorer, folder, tmp_path / "taken"))
    with pytest.raises(CourtsideError, match=r"No Dask scheduler answers at tcp://127.0.0.1:9.*COURTSIDE_DASK"):
        list(score_path(scorer, folder, tmp_path / "scored", scheduler="tcp://127.0.0.1:9"))
    assert not (tmp_path / "scored").exists()


def test_the_stage_scores_a_folder_on_the_cluster_and_says_so(lifecycle_home, tmp_path, cluster, monkeypatch):
    batch, data = tables.read_table(sources.kobe(settings_of(), "prod")), tmp_path / "batch"
    data.mkdir()
    for number, part in enumerate(np.array_split(np.arange(len(batch)), 5)):
        batch.iloc[part].to_parquet(data / f"{number}.parquet", index=False)
    here, told = workflows.score("kobe", str(data)), []
    monkeypatch.setenv("COURTSIDE_DASK_SCHEDULER", cluster.scheduler_address)
    assert workflows.is_long("kobe", str(data))
    there = workflows.score("kobe", str(data), progress=lambda done, total, what: told.append(str(what)))
    assert contents(there.output) == contents(here.output)
    assert there.rows == len(batch)
    assert any(cluster.scheduler_address in what for what in told)
