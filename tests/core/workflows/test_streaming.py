"""Files scored in a stream: every row once and in order, the same bits for every cut, nothing half-written in sight."""

from __future__ import annotations

import pickle
import re
import signal
import subprocess
import sys
import tempfile
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from core.data import contract as contracts
from core.data.encoding import encoder, model_input
from core.scoring import scoring
from core.store import settings, sources, storage, tables
from core.text.errors import CourtsideError
from core.workflows import streaming
from tests.parquet_files import lying

KOBE = contracts.load(settings.HOUSE / "data" / "contracts" / "kobe.toml")
STREAM = """
import pickle, sys
from pathlib import Path
from core.workflows import streaming
scorer = pickle.loads(Path(sys.argv[1]).read_bytes())
for streamed in streaming.score_file(scorer, Path(sys.argv[2]), Path(sys.argv[3]), chunk=int(sys.argv[4])):
    print(streamed.tally.rows, flush=True)
"""


def batch(rows: int, seed: int = 0) -> pd.DataFrame:
    """Rows for the kobe contract with an id; some lack a distance, some have a period that never was."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "shot_id": np.arange(rows) + 10**15,
            "lat": random.uniform(33.2, 34.09, rows),
            "lon": random.uniform(-118.5, -118.02, rows),
            "minutes_remaining": random.integers(0, 12, rows),
            "period": random.integers(1, 8, rows),
            "playoffs": random.integers(0, 2, rows),
            "shot_distance": pd.Series(random.integers(0, 60, rows), dtype="Int64"),
            "shot_made_flag": random.integers(0, 2, rows).astype(float),
        }
    )
    frame.loc[random.random(rows) < 0.05, "shot_distance"] = pd.NA
    frame.loc[random.random(rows) < 0.02, "period"] = 99
    return frame


@pytest.fixture(scope="module")
def scorer() -> scoring.Scorer:
    training = tables.read_table(sources.kobe(settings.load(), "dev")).dropna(subset=["shot_made_flag"])
    pipeline = Pipeline([("features", encoder(KOBE)), ("model", LogisticRegression(max_iter=1000))])
    pipeline.fit(model_input(training, KOBE), training["shot_made_flag"])
    return scoring.scorer(pipeline, KOBE, threshold=0.45, version=7, training=training)


@pytest.fixture
def folder(tmp_path) -> Path:
    """An empty folder: `tmp_path` has the workspace in it."""
    (tmp_path / "batch").mkdir()
    return tmp_path / "batch"


def write(frame: pd.DataFrame, path: Path, group: int = 10**6) -> Path:
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path, row_group_size=group)
    return path


def run(scorer: scoring.Scorer, source: Path, output: Path, **options: int) -> list[streaming.Streamed]:
    return list(streaming.score_file(scorer, source, output, **options))


def in_a_process(
    scorer: scoring.Scorer, source: Path, output: Path, *, before: str = "", chunk: int = 1000
) -> subprocess.Popen:
    kept = source.with_suffix(".pickle")
    kept.write_bytes(pickle.dumps(scorer))
    command = [sys.executable, "-c", before + STREAM, str(kept), str(source), str(output), str(chunk)]
    return subprocess.Popen(command, cwd=settings.HOUSE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@tries(max_examples=40, deadline=None)
@given(rows=st.integers(1, 3000), seed=st.integers(0, 99), chunk=st.integers(1, 4000), group=st.integers(1, 4000))
def test_rows_order_and_bits_survive_every_cut(scorer, rows, seed, chunk, group):
    frame = batch(rows, seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = write(frame, folder / "batch.parquet", group=max(group, rows // 50))
        last = run(scorer, source, folder / "cut.parquet", chunk=max(chunk, rows // 50))[-1]
        run(scorer, source, folder / "whole.parquet")
        given, cut, whole = (pq.read_table(folder / f"{name}.parquet") for name in ("batch", "cut", "whole"))
    assert cut.select(given.column_names).equals(given)
    assert cut.column_names == [*given.column_names, *scoring.ADDED]
    assert cut.equals(whole)
    assert last.tally.rows == last.total == rows
    assert last.tally.rejected == cut["probability"].null_count == sum(frame["period"] == 99)


@tries(max_examples=15, deadline=None)
@given(rows=st.integers(2, 2000), cuts=st.lists(st.floats(0, 1), max_size=4), chunk=st.integers(50, 4000))
def test_how_a_batch_is_partitioned_changes_no_bit(scorer, rows, cuts, chunk):
    frame = batch(rows)
    edges = sorted({0, rows, *(int(cut * rows) for cut in cuts)})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(scorer, write(frame, folder / "batch.parquet"), folder / "whole.parquet")
        parts = []
        for start, end in pairwise(edges):
            source, output = folder / f"{start}.parquet", folder / f"scored_{start}.parquet"
            list(streaming.score_part(scorer, write(frame.iloc[start:end], source), output, chunk=chunk))
            parts.append(pq.read_table(output))
        whole = pq.read_table(folder / "whole.parquet")
    # An integer column without a null in one part and with one in another is the same to a row.
    assert pa.concat_tables(parts, promote_options="permissive").equals(whole)


def test_a_streamed_batch_is_what_scoring_it_in_memory_gives(scorer, tmp_path):
    frame = batch(5000)
    run(scorer, write(frame, tmp_path / "batch.parquet"), tmp_path / "out.parquet", chunk=700)
    streamed = pd.read_parquet(tmp_path / "out.parquet")
    held = scoring.score(frame, scorer).rows
    for name in scoring.ADDED:
        expected = held[name].astype(float) if name == "prediction" else held[name]
        pd.testing.assert_series_equal(streamed[name], expected, check_dtype=False, check_exact=True)


def test_what_is_in_the_file_comes_back_as_it_was(scorer, tmp_path):
    frame = batch(300)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    extra = {
        "when": pa.array([1_700_000_000] * 300, pa.timestamp("us", "America/Los_Angeles")),
        "team": pa.array(["Lakers"] * 300).dictionary_encode(),
        "notes": pa.array([["a", None]] * 300),
        "probability": pa.array([0.5] * 300),
        "input_probability": pa.array(["mine"] * 300),
        "big": pa.array([2**63 - 1, None] * 150),
    }
    for name, values in extra.items():
        table = table.append_column(name, values)
    pq.write_table(table, tmp_path / "batch.parquet")
    run(scorer, tmp_path / "batch.parquet", tmp_path / "out.parquet", chunk=100)
    scored = pq.read_table(tmp_path / "out.parquet")
    for name in table.column_names:
        renamed = "input_input_probability" if name == "probability" else name
        assert scored[renamed].to_pylist() == table[name].to_pylist()
        assert scored.schema.field(renamed).type == table.schema.field(name).type
    assert {name: scored.schema.field(name).type for name in scored.column_names[-7:]} == scoring.TYPES
    always = {field.name for field in scored.schema if not field.nullable}
    assert always == set(scoring.ADDED) - set(scoring.NULLABLE)


def test_progress_counts_up_to_all_rows_and_the_file_is_there_with_the_last(scorer, tmp_path):
    source, output = write(batch(1050), tmp_path / "batch.parquet"), tmp_path / "out.parquet"
    steps = streaming.score_file(scorer, source, output, chunk=100)
    seen = [(step.tally.rows, step.total, output.exists()) for step in steps]
    assert seen == [*((rows, 1050, False) for rows in range(100, 1050, 100)), (1050, 1050, True)]
    last = run(scorer, source, output)[-1]
    assert last.rows_per_second == pytest.approx(1050 / last.seconds)


def test_an_index_that_pandas_kept_is_no_column(scorer, tmp_path):
    batch(50).set_index(np.arange(50) * 3).to_parquet(tmp_path / "batch.parquet")
    assert "__index_level_0__" in pq.read_table(tmp_path / "batch.parquet").column_names
    run(scorer, tmp_path / "batch.parquet", tmp_path / "out.parquet")
    scored = pd.read_parquet(tmp_path / "out.parquet")
    assert list(scored.columns) == [*batch(1).columns, *scoring.ADDED]
    assert scored.index.tolist() == list(range(50))


def test_cancelling_leaves_nothing_and_the_old_file_as_it_was(scorer, folder):
    source, output = write(batch(5000), folder / "batch.parquet"), folder / "out.parquet"
    steps = streaming.score_file(scorer, source, output, chunk=100)
    list(islice(steps, 3))
    steps.close()
    assert [path.name for path in folder.iterdir()] == ["batch.parquet"]
    output.write_text("yesterday's")
    steps = streaming.score_file(scorer, source, output, chunk=100)
    next(steps)
    steps.close()
    assert output.read_text() == "yesterday's"
    assert len(list(folder.iterdir())) == 2


def test_a_killed_process_leaves_no_output_and_its_leftovers_go_at_the_next_start(scorer, tmp_path):
    source = write(batch(300_000), tmp_path / "batch.parquet")
    (tmp_path / "out").mkdir()
    output = tmp_path / "out" / "scored.parquet"
    with in_a_process(scorer, source, output) as process:
        for _ in range(20):
            assert process.stdout.readline()
        # While it is written nobody may take it for a leftover.
        assert storage.remove_leftovers(output.parent) == []
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    left = list(output.parent.iterdir())
    assert len(left) == 1
    assert left[0].name.startswith(".")
    assert storage.remove_leftovers(output.parent) == left
    assert list(output.parent.iterdir()) == []


def test_a_full_disk_is_said_and_leaves_nothing(scorer, tmp_path):
    source = write(batch(100_000), tmp_path / "batch.parquet")
    output = tmp_path / "out" / "scored.parquet"
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))\n"
    with in_a_process(scorer, source, output, before=limit) as process:
        error = process.stderr.read()
    assert "CourtsideError: The disk is full" in error
    assert "Free some space" in error
    assert list(output.parent.iterdir()) == []


def test_a_batch_that_does_not_fit_leaves_nothing(scorer, folder):
    frame, output = batch(500), folder / "out.parquet"
    spoilt = {
        "lat is missing": frame.drop(columns="lat"),
        "has no rows": frame.head(0),
        "period has no value": frame.assign(period=np.nan),
        "playoffs holds text": frame.assign(playoffs="1"),
        "lon holds infinite": frame.assign(lon=np.where(frame.index < 200, -118.2, np.inf)),
    }
    for what, wrong in spoilt.items():
        source = write(wrong, folder / "batch.parquet")
        with pytest.raises(CourtsideError, match=what):
            run(scorer, source, output, chunk=100)
        with pytest.raises(CourtsideError, match=what):
            scoring.score(wrong, scorer)
    assert [path.name for path in folder.iterdir()] == ["batch.parquet"]


@pytest.mark.parametrize("said", [999, 1001, 10**12])
def test_a_footer_that_lies_about_rows_is_found_out_and_nothing_is_left(scorer, folder, said):
    source = lying(folder / "batch.parquet", pa.Table.from_pandas(batch(1000), preserve_index=False), said, "file")
    with pytest.raises(CourtsideError, match=rf"it says {said:,} rows and holds 1,000"):
        list(streaming.score_file(scorer, source, folder / "scored.parquet", chunk=100))
    assert [path.name for path in folder.iterdir()] == ["batch.parquet"]


def test_a_damaged_or_absent_file_is_said(scorer, tmp_path):
    source = write(batch(200_000), tmp_path / "batch.parquet", group=5000)
    content = bytearray(source.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4000] = b"\xff" * 4000
    (tmp_path / "damaged.parquet").write_bytes(content)
    (tmp_path / "text.parquet").write_text("hello")
    for name, said in {"damaged": "damaged parquet", "text": "damaged parquet", "absent": "no file"}.items():
        with pytest.raises(CourtsideError, match=said):
            run(scorer, tmp_path / f"{name}.parquet", tmp_path / "out.parquet", chunk=1000)
    assert not (tmp_path / "out.parquet").exists()


def test_memory_does_not_grow_with_the_rows(scorer, tmp_path):
    # The kernel's own count for the process: that of getrusage begins with the size of the one that started it.
    measure = "import atexit\natexit.register(lambda: print(open('/proc/self/status').read()))\n"
    peaks = []
    for millions in (1, 4):
        source, frame = tmp_path / f"{millions}.parquet", pa.Table.from_pandas(batch(10**6), preserve_index=False)
        with pq.ParquetWriter(source, frame.schema) as writer:
            for _ in range(millions):
                writer.write_table(frame)
        with in_a_process(scorer, source, tmp_path / "out.parquet", before=measure, chunk=2**17) as process:
            peaks.append(int(re.search(r"VmHWM:\s+(\d+)", process.stdout.read())[1]) / 1024)
    assert peaks[1] < peaks[0] + 60
