"""Tables of others are read beside the app within limits of memory and time; what takes more is refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.store import outside, settings, sources, tables
from core.store.reader import bounded
from core.text.errors import CourtsideError
from tests.parquet_files import FRAME

MEGABYTES = 200
"""What a reader may take in these tests: less than each of the bombs holds, more than any other file here."""


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURTSIDE_READ_MB", str(MEGABYTES))


def written(path: Path, table: pa.Table) -> Path:
    pq.write_table(table, path, compression="zstd", write_statistics=False, store_schema=False)
    return path


def repeated(path: Path) -> Path:
    """One text of a megabyte in each of 12,000 rows."""
    text = pa.DictionaryArray.from_arrays(pa.array(np.zeros(12_000, dtype="int32")), pa.array(["x" * 2**20]))
    return written(path, pa.table({"text": text}))


def listed(path: Path) -> Path:
    """One row that holds a list of forty million numbers."""
    lists = pa.ListArray.from_arrays(pa.array([0, 4 * 10**7], pa.int32()), pa.array(np.zeros(4 * 10**7)))
    return written(path, pa.table({"list": lists, "a": [1]}))


def zeros(path: Path) -> Path:
    """A page of a quarter of a gigabyte, packed into some kilobytes."""
    whole = {"data_page_size": 2**30, "max_rows_per_page": 2**25, "row_group_size": 2**25}
    pq.write_table(pa.table({"zero": np.zeros(2**25)}), path, compression="zstd", use_dictionary=False, **whole)
    return path


def shared_prefixes(path: Path) -> Path:
    """Texts of a megabyte, each of which is stored as the one before it and no more."""
    table = pa.table({"text": ["x" * 2**20] * 300})
    encoding = {"text": "DELTA_BYTE_ARRAY"}
    pq.write_table(table, path, use_dictionary=False, column_encoding=encoding, write_statistics=False)
    return path


def wide_csv(path: Path) -> Path:
    path.write_text("\n".join([",".join(f"c{i}" for i in range(100_000)), ",".join(["1"] * 100_000)]))
    return path


def long_line(path: Path) -> Path:
    path.write_text("a,b,c\n" + "," * 5_000_000 + "\n")
    return path


def long_head(path: Path) -> Path:
    path.write_text("a," * 5_000_000 + "\n1,2\n")
    return path


def wide_parquet(path: Path) -> Path:
    return written(path, pa.table({f"c{i}": [1] for i in range(11_000)}))


def refused(path: Path) -> str:
    """Why the file is refused, by each way in; its uploaded copy is not kept."""
    place = replace(settings.load(), upload_megabytes=200)
    said = set()
    for way in (outside.read_table, outside.admit, lambda path: list(outside.chunks(path))):
        with pytest.raises(CourtsideError) as caught:
            way(path)
        said.add(str(caught.value))
    with pytest.raises(CourtsideError):
        sources.keep_upload(place, path.name, path.read_bytes())
    assert not place.raw.exists() or list(place.raw.iterdir()) == []
    assert len(said) == 1
    return said.pop()


@pytest.mark.parametrize("bomb", [repeated, listed, zeros, shared_prefixes])
def test_a_small_file_that_holds_gigabytes_is_refused_in_little_memory(tmp_path, bomb):
    path = bomb(tmp_path / "bomb.parquet")
    assert path.stat().st_size < 2**20
    assert refused(path).startswith("bomb.parquet takes more than 200 MB in memory. Split it")
    assert len(outside.read_table(written(tmp_path / "fine.parquet", pa.Table.from_pandas(FRAME)))) == len(FRAME)


def test_neither_the_app_nor_the_reader_grows_with_such_a_file(tmp_path):
    script = (
        "import re, resource, sys; from pathlib import Path; from core.store import outside\n"
        "from core.text.errors import CourtsideError\n"
        "try: outside.admit(Path(sys.argv[1]))\n"
        "except CourtsideError as error: print(error.message.template)\n"
        "for reader in outside._spare: reader.end()\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-c", script, repeated(tmp_path / "bomb.parquet")]
    done = subprocess.run(command, cwd=settings.HOUSE, capture_output=True, text=True, check=True)
    said, app, reader = done.stdout.splitlines()
    assert "takes more than" in said
    assert int(app) < 150 * 1024
    assert int(reader) < (MEGABYTES + 300) * 1024


@pytest.mark.parametrize("wide", [wide_csv, long_line, long_head, wide_parquet])
def test_too_many_columns_are_refused_in_seconds(tmp_path, wide):
    begun = time.process_time()
    path = wide(tmp_path / f"wide.{'parquet' if wide is wide_parquet else 'csv'}")
    assert "has more than 10,000 columns" in refused(path)
    assert time.process_time() - begun < 10


def test_how_wide_a_table_may_be_is_a_setting(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    path.write_text("a,b,c\n1,2,3\n")
    assert outside.read_table(path).shape == (1, 3)
    monkeypatch.setenv("COURTSIDE_COLUMNS", "2")
    with pytest.raises(CourtsideError, match="has more than 2 columns"):
        tables.read_table(path)


def test_what_takes_too_long_is_refused_and_the_next_file_is_read(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "never.csv")  # as slow as a file can be
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    outside.read_table(tmp_path / "table.csv")
    monkeypatch.setenv("COURTSIDE_READ_SECONDS", "1")
    with pytest.raises(CourtsideError, match=r"never\.csv takes more than 1 seconds to read"):
        outside.read_table(tmp_path / "never.csv")
    monkeypatch.delenv("COURTSIDE_READ_SECONDS")
    assert outside.read_table(tmp_path / "table.csv").shape == (1, 2)


def test_a_reader_that_is_killed_takes_nothing_along(tmp_path):
    path = written(tmp_path / "table.parquet", pa.table({"a": np.arange(10**6)}))  # more than a pipe holds
    chunks = outside.chunks(path, rows=10**5)
    assert len(next(chunks)) == 10**5
    for found in Path("/proc").glob("[0-9]*/cmdline"):
        parent = (found.parent / "stat").read_text().rpartition(")")[2].split()[1]
        if int(parent) == os.getpid() and b"core.store.reader" in found.read_bytes():
            os.kill(int(found.parent.name), signal.SIGKILL)
    with pytest.raises(CourtsideError, match=r"table\.parquet can't be read: the process that read it ended"):
        list(chunks)
    assert len(outside.read_table(path)) == 10**6


def test_what_is_read_beside_the_app_is_what_is_read_in_it(tmp_path):
    odd = pd.DataFrame({"n": [1.5, None], "text": ["a", None], "day": pd.to_datetime(["2020-01-01", None])})
    odd["kind"] = odd["text"].astype("category")
    odd.to_parquet(tmp_path / "odd.parquet", row_group_size=1)
    odd.to_csv(tmp_path / "odd.csv", index=False)
    (tmp_path / "folder").mkdir()
    for number in (1, 2):
        odd.to_parquet(tmp_path / "folder" / f"{number}.parquet")
    for name in ("odd.parquet", "odd.csv", "folder"):
        pd.testing.assert_frame_equal(outside.read_table(tmp_path / name), tables.read_table(tmp_path / name))
        for ours, theirs in zip(
            outside.chunks(tmp_path / name, 1, {"n"}), tables.chunks(tmp_path / name, 1, {"n"}), strict=True
        ):
            pd.testing.assert_frame_equal(ours, theirs)
    with pytest.raises(CourtsideError, match="There is no file"):
        outside.read_table(tmp_path / "none.csv")


def test_what_was_left_early_disturbs_nobody(tmp_path):
    path = written(tmp_path / "table.parquet", pa.table({"a": range(10)}))
    first, second = outside.chunks(path, rows=2), outside.chunks(path, rows=3)
    assert (len(next(first)), len(next(second))) == (2, 3)
    first.close()
    assert sum(map(len, second)) == 7


def test_a_process_that_may_not_grow_says_so_and_may_again_afterwards():
    with pytest.raises(MemoryError), bounded(100):
        bytes(200 * 2**20)
    with bounded(400):
        assert len(bytes(200 * 2**20)) == 200 * 2**20
    assert len(bytes(600 * 2**20)) == 600 * 2**20
