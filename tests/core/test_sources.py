"""Tables and contracts come in from the original files, the sample or a user's file, or are refused in plain words."""

import functools
import hashlib
import io
import os
import re
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from core import settings, sources, tables
from core.checking import check
from core.contract import dumps
from core.errors import CourtsideError
from core.sample import shots
from core.sources import UnreachableError
from core.tables import read_table

FRAME = pd.DataFrame({"number": [1.5, None, 3.0], "whole": [1, 2, 3], "text": ["a", "ção", None]})


@pytest.fixture
def place(tmp_path):
    """An empty workspace on a machine that has the original files."""
    return replace(settings.load(), home=tmp_path / "workspace")


@pytest.fixture
def offline(place, tmp_path, monkeypatch):
    """The same without the original files and without a network."""
    monkeypatch.setattr(sources, "KOBE_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return replace(place, kobe_dir=tmp_path / "nothing here")


@pytest.fixture
def served(offline, tmp_path, monkeypatch):
    """A machine without the original files, and the folder that a server on it hands out."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = functools.partial(SimpleHTTPRequestHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(sources, "KOBE_URL", f"http://127.0.0.1:{server.server_port}/")
        yield offline, folder
        server.shutdown()


def parquet_bytes(frame: pd.DataFrame = FRAME) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def refusal(content: bytes, name: str = "table.parquet") -> str:
    with pytest.raises(CourtsideError) as caught:
        read_table(io.BytesIO(content), name)
    return str(caught.value)


# Projects


def test_shipped_projects_are_there_in_an_empty_workspace(place):
    assert sources.names(place) == ["kobe", "kobe-full"]
    assert sources.find(place, "kobe").feature_names == [
        "lat",
        "lon",
        "minutes_remaining",
        "period",
        "playoffs",
        "shot_distance",
    ]


def test_a_workspace_adds_projects_and_may_replace_a_shipped_one(place):
    place.contracts.mkdir(parents=True)
    kobe = sources.find(place, "kobe")
    for contract in (replace(kobe, name="mine"), replace(kobe, title="My own shots")):
        (place.contracts / f"{contract.name}.toml").write_text(dumps(contract))
    assert sources.names(place) == ["kobe", "kobe-full", "mine"]
    assert sources.find(place, "mine") == replace(kobe, name="mine")
    assert sources.find(place, "kobe").title == "My own shots"


def test_shipped_projects_are_found_wherever_the_workspace_is(tmp_path, monkeypatch):
    monkeypatch.setenv("COURTSIDE_HOME", str(tmp_path / "nothing yet"))
    moved = settings.load()
    assert moved.home == tmp_path / "nothing yet"
    assert [sources.find(moved, name).name for name in sources.names(moved)] == ["kobe", "kobe-full"]
    assert not moved.home.exists()


@pytest.mark.parametrize(("name", "near"), [("kobee", "kobe"), ("KOBE", "kobe"), ("kobe_ful", "kobe-full")])
def test_a_misspelt_project_is_answered_with_the_nearest(place, name, near):
    with pytest.raises(CourtsideError) as caught:
        sources.find(place, name)
    assert str(caught.value) == f"There is no project {name}. Did you mean {near}?"


def test_a_project_like_no_other_is_answered_with_all_of_them(place):
    with pytest.raises(CourtsideError, match=r"There is no project wine\. The projects are kobe, kobe-full\."):
        sources.find(place, "wine")


@pytest.mark.parametrize("name", ["../contracts/kobe", "", "a\0b", "*"])
def test_a_name_that_no_project_can_have_is_refused_with_what_there_is(place, name):
    with pytest.raises(CourtsideError, match=r"Did you mean kobe|The projects are kobe, kobe-full"):
        sources.find(place, name)


def test_a_contract_under_another_name_is_refused(place):
    place.contracts.mkdir(parents=True)
    (place.contracts / "mine.toml").write_text(dumps(sources.find(place, "kobe")))
    with pytest.raises(CourtsideError, match=r"mine\.toml is named kobe"):
        sources.find(place, "mine")


# Reading


@pytest.mark.parametrize("name", ["table.parquet", "table.csv", "table"])
def test_parquet_is_read_by_its_content_with_a_plain_index(name, tmp_path):
    indexed = FRAME.set_index(pd.Index([7, 3, 5]))
    (tmp_path / name).write_bytes(parquet_bytes(indexed))
    for found in (read_table(tmp_path / name), read_table(io.BytesIO(parquet_bytes(indexed)), name)):
        pd.testing.assert_frame_equal(found, FRAME)
        assert isinstance(found.index, pd.RangeIndex)


def test_the_original_file_is_read_without_its_index(place):
    frame = read_table(sources.kobe(place, "dev"))
    assert frame.shape == (24271, 25)
    assert isinstance(frame.index, pd.RangeIndex)
    assert frame["shot_made_flag"].notna().sum() == 20285
    assert frame.columns[frame.isna().any()].tolist() == ["shot_made_flag"]


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


def test_one_bad_cell_in_a_csv_rejects_its_row_alone(place):
    frame = read_table(sources.kobe(place, "dev")).head(50).astype({"lat": object})
    frame.loc[3, "lat"] = "somewhere"
    read = read_table(io.BytesIO(frame.to_csv(index=False).encode()), "shots.csv")
    checked = check(read, sources.find(place, "kobe"), labelled=False)
    assert np.flatnonzero(checked.reasons != "").tolist() == [3]
    assert checked.reasons[3] == "lat should be a number from 33.1 to 34.1 and is somewhere"


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
        "import resource, sys; from pathlib import Path; from core.tables import read_table\n"
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


WHOLE = parquet_bytes()


@st.composite
def damaged(draw) -> bytes:
    content = bytearray(WHOLE)
    for place, byte in draw(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=8)):
        content[place] = byte
    return bytes(content[: draw(st.integers(0, len(WHOLE)))]) if draw(st.booleans()) else bytes(content)


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


# The original files


def test_the_original_files_are_taken_where_they_lie(place):
    for which in ("dev", "prod"):
        path = sources.kobe(place, which)
        assert path == place.kobe_dir / f"dataset_kobe_{which}.parquet"
        assert tables.digest(path) == hashlib.sha256(path.read_bytes()).hexdigest() == sources.KOBE_SHA256[which]
    assert not place.home.exists()


def test_the_original_file_is_downloaded_once_and_kept(place, served):
    away, folder = served
    original = sources.kobe(place, "prod").read_bytes()
    (folder / "dataset_kobe_prod.parquet").write_bytes(original)
    path = sources.kobe(away, "prod")
    assert path == away.raw / "dataset_kobe_prod.parquet"
    assert path.read_bytes() == original
    (folder / "dataset_kobe_prod.parquet").unlink()
    assert sources.kobe(away, "prod") == path


def test_a_spoilt_copy_is_downloaded_again(place, served):
    away, folder = served
    original = sources.kobe(place, "prod").read_bytes()
    (folder / "dataset_kobe_prod.parquet").write_bytes(original)
    away.raw.mkdir(parents=True)
    (away.raw / "dataset_kobe_prod.parquet").write_bytes(original[:100])
    assert sources.kobe(away, "prod").read_bytes() == original


def test_a_download_that_is_another_file_is_refused_and_not_kept(served):
    away, folder = served
    (folder / "dataset_kobe_prod.parquet").write_bytes(parquet_bytes())
    with pytest.raises(UnreachableError, match="could not be downloaded"):
        sources.kobe(away, "prod")
    assert list(away.raw.iterdir()) == []


def test_the_folder_of_the_original_files_is_a_setting(place, tmp_path, monkeypatch):
    original = sources.kobe(place, "prod").read_bytes()
    (tmp_path / "dataset_kobe_prod.parquet").write_bytes(original)
    monkeypatch.setenv("COURTSIDE_KOBE_DIR", str(tmp_path))
    assert sources.kobe(settings.load(), "prod") == tmp_path / "dataset_kobe_prod.parquet"


def test_another_file_under_the_original_name_is_refused(place, tmp_path, monkeypatch):
    (tmp_path / "dataset_kobe_dev.parquet").write_bytes(parquet_bytes())
    monkeypatch.setenv("COURTSIDE_KOBE_DIR", str(tmp_path))
    wrong = settings.load()
    with pytest.raises(CourtsideError, match="is not the original file"):
        sources.kobe(wrong, "dev")
    with pytest.raises(CourtsideError, match="is not the original file"):
        sources.default(wrong, sources.find(place, "kobe"), "train")


def test_without_a_network_the_sample_is_offered(offline):
    with pytest.raises(UnreachableError, match="Use the synthetic sample, or put the original files"):
        sources.kobe(offline, "dev")


def test_the_kept_sample_is_made_once(place):
    path = sources.sample(place, "dev")
    made = path.stat().st_mtime_ns
    pd.testing.assert_frame_equal(read_table(path), shots("dev", sources.SAMPLE_SEED))
    assert sources.sample(place, "dev") == path
    assert path.stat().st_mtime_ns == made


# What there is to choose


def test_listing_names_every_source_and_makes_nothing(offline):
    found = sources.catalogue(offline, sources.find(offline, "kobe"))
    assert [(item.key, item.role, item.synthetic, item.available) for item in found] == [
        ("kobe-dev", "train", False, False),
        ("kobe-prod", "production", False, False),
        ("sample-dev", "train", True, True),
        ("sample-prod", "production", True, True),
    ]
    assert {(item.path, item.bytes) for item in found} == {(None, None)}
    assert [(item.rows, item.columns) for item in found] == [(24271, 25), (6426, 25)] * 2
    assert "Synthetic" in str(found[2].title)
    assert not offline.home.exists()


def test_a_damaged_file_is_listed_without_its_size(place):
    own = sources.keep_upload(place, "mine.parquet", parquet_bytes()[:-9])
    found = sources.catalogue(place, sources.find(place, "kobe"))[-1]
    assert (found.key, found.path, found.rows, found.columns) == (own.name, own, None, None)


def test_listing_shows_what_is_here(place):
    sources.sample(place, "prod")
    own = sources.keep_upload(place, "mine.parquet", parquet_bytes())
    (place.raw / "notes.csv").write_text("a,b\n1,2\n")
    (place.raw / ".hidden").write_text("")
    found = {item.key: item for item in sources.catalogue(place, sources.find(place, "kobe"))}
    assert list(found)[4:] == [own.name, "notes.csv"]
    assert found["kobe-dev"].path == place.kobe_dir / "dataset_kobe_dev.parquet"
    assert (found["kobe-dev"].rows, found["kobe-dev"].columns, found["kobe-dev"].bytes) == (24271, 25, 596053)
    assert found["sample-prod"].path == place.raw / "synthetic_kobe_prod.parquet"
    assert (found[own.name].rows, found[own.name].columns, found[own.name].role) == (3, 3, None)
    assert (found["notes.csv"].rows, found["notes.csv"].bytes) == (None, 8)


def test_a_project_without_a_built_in_source_lists_uploads_alone(place):
    contract = replace(sources.find(place, "kobe"), source="")
    assert sources.catalogue(place, contract) == []
    own = sources.keep_upload(place, "mine.csv", b"a,b\n1,2\n")
    assert [item.path for item in sources.catalogue(place, contract)] == [own]
    with pytest.raises(CourtsideError, match="has no data of its own"):
        sources.default(place, contract, "train")


def test_the_original_files_are_the_default_and_the_sample_where_they_are_not(place, offline):
    contract = sources.find(place, "kobe")
    for role, which in (("train", "dev"), ("production", "prod")):
        original, instead = sources.default(place, contract, role), sources.default(offline, contract, role)
        assert (original.key, original.synthetic) == (f"kobe-{which}", False)
        assert (instead.key, instead.synthetic) == (f"sample-{which}", True)
        assert sources.resolve(offline, contract, "", role=role) == instead.path
        pd.testing.assert_frame_equal(read_table(instead.path), shots(which, sources.SAMPLE_SEED))


def test_the_original_file_is_not_replaced_by_the_sample_where_it_was_asked_for(offline):
    with pytest.raises(UnreachableError, match="could not be downloaded"):
        sources.resolve(offline, sources.find(offline, "kobe"), "kobe-dev", role="train")
    assert not list(offline.raw.glob("synthetic*"))


def test_a_source_is_found_by_its_key_its_path_or_not_at_all(place):
    contract = sources.find(place, "kobe")
    own = sources.keep_upload(place, "mine.csv", b"a,b\n1,2\n")
    found = {
        data: sources.resolve(place, contract, data, role="production")
        for data in ("", "kobe-dev", "sample-prod", own.name, str(own))
    }
    assert found == {
        "": place.kobe_dir / "dataset_kobe_prod.parquet",
        "kobe-dev": place.kobe_dir / "dataset_kobe_dev.parquet",
        "sample-prod": place.raw / "synthetic_kobe_prod.parquet",
        own.name: own,
        str(own): own,
    }
    with pytest.raises(CourtsideError, match="Did you mean kobe-dev"):
        sources.resolve(place, contract, "kobe-devv", role="train")


@pytest.mark.parametrize("data", ["~nobody-at-all/shots.csv", "x" * 5000, "a\0b", "wine.csv"])
def test_a_path_that_leads_nowhere_is_refused_in_plain_words(place, data):
    with pytest.raises(CourtsideError, match=r"There is no file|can't be opened"):
        read_table(sources.resolve(place, sources.find(place, "kobe"), data, role="train"))


# Uploads


@pytest.mark.parametrize(
    ("name", "stem", "ending"),
    [
        ("shots.parquet", "shots", ".parquet"),
        ("../../etc/passwd", "passwd", ""),
        ("C:\\temp\\shots.CSV", "shots", ".csv"),
        ("a\0b.csv", "a_b", ".csv"),
        ("arremessos à mão.csv", "arremessos_a_mao", ".csv"),
        ("シュート.parquet", "table", ".parquet"),
        ("x" * 500 + ".parquet", "x" * 60, ".parquet"),
        ("", "table", ""),
        ("..", "table", ""),
        (".csv", "table", ".csv"),
    ],
)
def test_an_upload_is_kept_under_a_safe_name(place, name, stem, ending):
    content = b"a,b\n1,2\n"
    path = sources.keep_upload(place, name, content)
    assert path == place.raw / f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}{ending}"
    assert path.read_bytes() == content
    assert list(place.raw.iterdir()) == [path]


@budget(derandomize=True, deadline=None, max_examples=300)
@given(name=st.text(max_size=30) | st.text(alphabet="./\\~:*\0\nab", max_size=12))
@example(name="dataset_kobe_dev.parquet")
@example(name="synthetic_kobe_prod.parquet")
@example(name="/etc/passwd")
@example(name="CON")
def test_no_name_leads_an_upload_out_of_its_folder_or_over_a_built_in_file(tmp_path_factory, name):
    place = replace(settings.load(), home=tmp_path_factory.getbasetemp() / "uploads of any name")
    path = sources.keep_upload(place, name, b"a,b\n1,2\n")
    assert path.parent == place.raw
    assert path.resolve() == path
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*-[0-9a-f]{8}(\.[a-z0-9_-]{1,8})?", path.name)


def test_other_bytes_under_the_same_name_are_another_file(place):
    first, second, again = (sources.keep_upload(place, "a.csv", content) for content in (b"one", b"two", b"one"))
    assert first == again != second
    assert sorted(place.raw.iterdir()) == sorted([first, second])


def test_an_upload_above_the_limit_is_refused_and_not_kept(place):
    small = replace(place, upload_megabytes=1)
    with pytest.raises(CourtsideError, match=r"has 1\.5 MB; the limit is 1 MB"):
        sources.keep_upload(small, "big.csv", bytes(3 * 2**19))
    assert not small.raw.exists()
    assert sources.keep_upload(small, "fits.csv", bytes(2**20)).stat().st_size == 2**20


def test_a_parquet_file_that_would_fill_the_memory_is_refused(place):
    small = replace(place, upload_megabytes=1)
    buffer = io.BytesIO()
    zeros = pa.table({"zero": np.zeros(4 * 2**20)})
    pq.write_table(zeros, buffer, use_dictionary=False, compression="zstd")
    bomb = buffer.getvalue()
    assert len(bomb) < 2**20
    with pytest.raises(CourtsideError, match="would take 32 MB in memory; the limit is 20 MB"):
        sources.keep_upload(small, "bomb.parquet", bomb)
    assert not small.raw.exists()
    assert sources.keep_upload(small, "fine.parquet", parquet_bytes()).exists()


def test_a_parquet_file_that_repeats_one_value_a_million_times_is_refused(place):
    small = replace(place, upload_megabytes=1)
    buffer = io.BytesIO()
    pq.write_table(pa.table({"zero": np.zeros(4 * 2**20)}), buffer)
    assert len(buffer.getvalue()) < 2**16
    with pytest.raises(CourtsideError, match="would take 32 MB in memory; the limit is 20 MB"):
        sources.keep_upload(small, "zeros.parquet", buffer.getvalue())
    assert sources.keep_upload(place, "zeros.parquet", buffer.getvalue()).exists()


@budget(derandomize=True, deadline=None, max_examples=200)
@given(content=damaged())
def test_a_damaged_parquet_file_is_kept_or_refused_and_nothing_else(tmp_path_factory, content):
    place = replace(settings.load(), home=tmp_path_factory.getbasetemp() / "damaged uploads")
    try:
        path = sources.keep_upload(place, "table.parquet", content)
    except CourtsideError:
        return
    assert path.read_bytes() == content


# Folders, chunks, places elsewhere


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


def test_a_file_is_fetched_from_a_web_server_and_anew_when_it_changed(place, tmp_path):
    (tmp_path / "web").mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "web"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/shots.csv"
        for content in ("a,b\n1,2\n", "a,b\n3,4\n5,6\n"):
            (tmp_path / "web" / "shots.csv").write_text(content)
            assert sources.fetch(place, address).read_text() == content
        with pytest.raises(CourtsideError, match="can't be fetched: 404"):
            sources.fetch(place, address + "x")
        server.shutdown()
    assert not [path for path in place.raw.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/stdin", "pipe"])
def test_what_would_never_end_is_not_read(place, tmp_path, path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CourtsideError, match="is neither a file nor a folder"):
        sources.locate(place, str(tmp_path / path))


def test_a_file_uri_is_the_file_and_an_unknown_scheme_is_refused(place, tmp_path):
    FRAME.to_parquet(tmp_path / "t.parquet")
    assert sources.fetch(place, f"file://{tmp_path}/t.parquet") == tmp_path / "t.parquet"
    with pytest.raises(CourtsideError, match="can't be fetched"):
        sources.fetch(place, "carrier-pigeon://loft/t.parquet")
