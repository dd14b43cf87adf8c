"""Parquet and CSV files are read whatever they are called, at once or in chunks, or refused in plain words."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from core.store import settings, tables
from core.store.tables import read_table
from core.text.errors import CourtsideError
from tests.parquet_files import FRAME, damaged, lying, parquet_bytes


def refusal(content: bytes, name: str = "table.parquet") -> str:
    with pytest.raises(CourtsideError) as caught:
        read_table(io.BytesIO(content), name)
    return str(caught.value)


@pytest.mark.parametrize("name", ["table.parquet", "table.csv", "table"])
def test_parquet_is_read_by_its_content_with_a_plain_index(name, tmp_path):
    indexed = FRAME.set_index(pd.Index([7, 3, 5]))
    (tmp_path / name).write_bytes(parquet_bytes(indexed))
    for found in (read_table(tmp_path / name), read_table(io.BytesIO(parquet_bytes(indexed)), name)):
        pd.testing.assert_frame_equal(found, FRAME)
        assert isinstance(found.index, pd.RangeIndex)


def test_an_index_that_has_a_name_is_a_column():
    assert list(read_table(io.BytesIO(parquet_bytes(FRAME.set_index("whole")))).columns) == ["number", "text", "whole"]


@pytest.mark.parametrize(
    "content",
    [
        "number,whole,text\n1.5,1,a\n,2,ção\n3,3,\n".encode(),
        "\ufeffnumber;whole;text\r\n1,5;1;a\r\n;2;ção\r\n3;3;\r\n".encode(),
        "number\twhole\ttext\n1.5\t1\ta\n\t2\tção\n3\t3\t\n".encode("latin-1"),
        "number;whole;text\r\n1,5;1;a\r\n;2;ção\r\n3;3;\r\n".encode("latin-1"),
        'number,whole,text\n1.5,1,"a"\n,2,"ção"\n3,3,""\n'.encode("latin-1"),
    ],
    ids=["commas", "a spreadsheet in Brazil", "tabs in Latin-1", "an old spreadsheet", "quotes in Latin-1"],
)
@pytest.mark.parametrize("name", ["table.csv", "table.txt"])
def test_csv_is_read_however_it_is_written(content, name):
    pd.testing.assert_frame_equal(read_table(io.BytesIO(content), name), FRAME)


def test_repeated_names_are_kept_for_the_check_to_see():
    assert list(read_table(io.BytesIO(b"a,b,a\n1,2,3\n"), "table.csv").columns) == ["a", "b", "a"]
    arrow = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    buffer = io.BytesIO()
    pq.write_table(arrow, buffer)
    assert list(read_table(io.BytesIO(buffer.getvalue())).columns) == ["a", "a"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "table.parquet is empty"),
        (b" \n\n", "table.parquet is empty"),
        (b"a,b\n1,2\n", "table.parquet is not a parquet file, whatever its name says"),
        (parquet_bytes()[:-20], "table.parquet is a damaged parquet file"),
        (b"PAR1", "table.parquet is a damaged parquet file"),
        (b"PARE" + b"x" * 50 + b"PARE", "table.parquet is an encrypted parquet file"),
        (b"PK\x03\x04xl/workbook.xml", "table.parquet is an Excel or ZIP file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "table.parquet is an Excel or ZIP file"),
    ],
)
def test_what_is_no_parquet_file_is_refused_in_plain_words(content, said):
    assert said in refusal(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "table.csv is neither parquet nor CSV"),
        (b'a,"b\n1,2\n', "table.csv can't be read as CSV"),
        (b"a,b\n1,2\n3,4,5\n", "table.csv can't be read as CSV"),
        (b"a,b\n1,2,3\n4,5,6\n", "table.csv has rows with more values than there are names"),
    ],
)
def test_what_is_no_csv_file_is_refused_in_plain_words(content, said):
    assert said in refusal(content, "table.csv")


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_machine(ends):
    content = ends.join(["number,whole,text", "1.5,1,a", ",2,ção", "3,3,", ""]).encode()
    pd.testing.assert_frame_equal(read_table(io.BytesIO(content), "table.csv"), FRAME)


def test_stray_carriage_returns_do_not_fill_the_memory(tmp_path):
    # In a process of its own with little memory: one that grows without end would take the tests along.
    script = (
        "import resource, sys; from pathlib import Path; from core.store.tables import read_table\n"
        "resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30,) * 2)\n"
        "print(len(read_table(Path(sys.argv[1]))))"
    )
    (tmp_path / "table.csv").write_bytes(b",\r\t\n\nb,b\n\r\t,\xc3\xa9\t")
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "table.csv"], cwd=settings.HOUSE, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr


def test_reading_leaves_the_callers_file_open():
    for content in (b"a,b\n1,2\n", parquet_bytes()):
        file = io.BytesIO(content)
        read_table(file, "table")
        assert not file.closed


def test_an_excel_file_is_refused_whatever_its_name_says(tmp_path):
    for name in ("shots.xlsx", "shots.parquet", "shots.csv"):
        with zipfile.ZipFile(tmp_path / name, "w") as book:
            book.writestr("xl/workbook.xml", "<workbook/>")
        with pytest.raises(CourtsideError, match=f"{name} is an Excel or ZIP file; expected parquet or CSV"):
            read_table(tmp_path / name)


def test_utf_16_is_refused_and_not_misread():
    assert "table.csv is neither parquet nor CSV" in refusal("a,b\n1,2\n".encode("utf-16"), "table.csv")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    (tmp_path / "file.csv").write_text("a,b\n1,2\n")
    for path in (tmp_path / "missing.csv", tmp_path / "with a \0.csv", tmp_path / "file.csv" / "inside.csv"):
        with pytest.raises(CourtsideError, match="There is no file"):
            read_table(path)
    with pytest.raises(CourtsideError, match="can't be opened: File name too long"):
        read_table(tmp_path / ("x" * 5000))
    with pytest.raises(CourtsideError, match="holds no parquet files"):
        read_table(tmp_path)


@budget(derandomize=True, deadline=None, max_examples=500)
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.text(alphabet='ab,;\t\n"\r\\0é', max_size=80).map(str.encode),
        st.binary(max_size=100).map(lambda inside: b"PAR1" + inside + b"PAR1"),
        damaged(),
    ),
    name=st.sampled_from(["table.csv", "table.parquet", "table", ""]),
)
@example(content=b'"', name="table.csv")
@example(content=b"\xff\xfea\0,\0", name="table.csv")
@example(content=b"\x0b,", name="table")
def test_no_bytes_raise_anything_but_a_courtside_error(content, name):
    try:
        frame = read_table(io.BytesIO(content), name)
    except CourtsideError:
        return
    assert isinstance(frame.index, pd.RangeIndex)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "parts" / "year=2020").mkdir(parents=True)
    FRAME.to_parquet(tmp_path / "parts" / "b.parquet")
    FRAME.iloc[::-1].to_parquet(tmp_path / "parts" / "a.parquet")
    FRAME.to_parquet(tmp_path / "parts" / "year=2020" / "c.pq")
    (tmp_path / "parts" / "readme.txt").write_text("not a table")
    return tmp_path / "parts"


def test_a_folder_is_its_parquet_files_in_the_order_of_their_names(folder):
    whole = read_table(folder)
    expected = pd.concat([FRAME.iloc[::-1], FRAME, FRAME], ignore_index=True)
    pd.testing.assert_frame_equal(whole, expected)
    before = tables.digest(folder)
    assert tables.digest(folder) == before
    (folder / "b.parquet").rename(folder / "d.parquet")
    assert tables.digest(folder) != before


def test_chunks_are_the_table_in_pieces(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "CHUNK", 2)
    pieces = list(tables.chunks(folder))
    assert max(map(len, pieces)) == 2
    pd.testing.assert_frame_equal(pd.concat(pieces, ignore_index=True), read_table(folder))
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    assert [len(piece) for piece in tables.chunks(tmp_path / "t.csv")] == [len(FRAME)]
    FRAME.head(0).to_parquet(tmp_path / "none.parquet")
    (empty,) = tables.chunks(tmp_path / "none.parquet")
    assert (len(empty), list(empty.columns)) == (0, list(FRAME.columns))


def test_damage_is_named_in_chunks_too(tmp_path):
    content = parquet_bytes()
    (tmp_path / "cut.parquet").write_bytes(content[: len(content) // 2])
    with pytest.raises(CourtsideError, match=r"cut.parquet is a damaged parquet file"):
        list(tables.chunks(tmp_path / "cut.parquet"))


HUNDRED = pa.table({"a": np.arange(100.0), "t": [str(i) for i in range(100)]})


@pytest.mark.parametrize("said", [3, 101, 10**6])
@pytest.mark.parametrize("where", ["file", "group", "all"])
def test_a_footer_that_lies_about_rows_is_found_out_or_does_no_harm(tmp_path, said, where):
    path = lying(tmp_path / "table.parquet", HUNDRED, said, where)
    found = [outcome(lambda: len(read_table(path))), outcome(lambda: sum(map(len, tables.chunks(path, rows=7))))]
    assert set(found) <= ({"damaged"} if where == "file" else {"damaged", 100, min(said, 100)})


def outcome(read: Callable[[], int]) -> int | str:
    """The rows that are read, or that they were refused because of the footer's."""
    try:
        return read()
    except CourtsideError as error:
        said = str(error)
    return "damaged" if re.search(r"is a damaged parquet file: it says [\d,]+ rows and holds", said) else said


def test_a_footer_that_does_not_lie_is_believed(tmp_path):
    path = lying(tmp_path / "table.parquet", HUNDRED, 100, "all")
    assert len(read_table(path)) == sum(map(len, tables.chunks(path, rows=7))) == 100


def test_a_file_of_an_index_alone_has_no_columns(tmp_path):
    path = tmp_path / "table.parquet"
    pd.DataFrame(index=pd.Index([7, 3, 5])).to_parquet(path)
    for read in (lambda: read_table(path), lambda: list(tables.chunks(path))):
        with pytest.raises(CourtsideError, match=r"table\.parquet has no columns"):
            read()
