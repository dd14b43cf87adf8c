"""Tables and contracts come in from the original files, the sample or a user's file, or are refused in plain words."""

from __future__ import annotations

import functools
import hashlib
import io
import os
import re
import threading
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

from core.data.checking import check
from core.store import projects, settings, sources, tables
from core.store.kobe_sample import shots
from core.store.sources import UnreachableError
from core.store.tables import read_table
from core.text.errors import CourtsideError
from tests.parquet_files import FRAME, damaged, parquet_bytes


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


def test_the_original_file_is_read_without_its_index(place):
    frame = read_table(sources.kobe(place, "dev"))
    assert frame.shape == (24271, 25)
    assert isinstance(frame.index, pd.RangeIndex)
    assert frame["shot_made_flag"].notna().sum() == 20285
    assert frame.columns[frame.isna().any()].tolist() == ["shot_made_flag"]


def test_one_bad_cell_in_a_csv_rejects_its_row_alone(place):
    frame = read_table(sources.kobe(place, "dev")).head(50).astype({"lat": object})
    frame.loc[3, "lat"] = "somewhere"
    read = read_table(io.BytesIO(frame.to_csv(index=False).encode()), "shots.csv")
    checked = check(read, projects.find(place, "kobe"), labelled=False)
    assert np.flatnonzero(checked.reasons != "").tolist() == [3]
    assert checked.reasons[3] == "lat should be a number from 33.1 to 34.1 and is somewhere"


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


def test_another_file_under_the_original_name_is_refused(place, tmp_path, monkeypatch):
    (tmp_path / "dataset_kobe_dev.parquet").write_bytes(parquet_bytes())
    monkeypatch.setenv("COURTSIDE_KOBE_DIR", str(tmp_path))
    wrong = settings.load()
    with pytest.raises(CourtsideError, match="is not the original file"):
        sources.kobe(wrong, "dev")
    with pytest.raises(CourtsideError, match="is not the original file"):
        sources.default(wrong, projects.find(place, "kobe"), "train")


def test_without_a_network_the_sample_is_offered(offline):
    with pytest.raises(UnreachableError, match="Use the synthetic sample, or put the original files"):
        sources.kobe(offline, "dev")


def test_the_kept_sample_is_made_once(place):
    path = sources.sample(place, "dev")
    made = path.stat().st_mtime_ns
    pd.testing.assert_frame_equal(read_table(path), shots("dev", sources.SAMPLE_SEED))
    assert sources.sample(place, "dev") == path
    assert path.stat().st_mtime_ns == made


def test_listing_names_every_source_and_makes_nothing(offline):
    found = sources.catalogue(offline, projects.find(offline, "kobe"))
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
    place.raw.mkdir(parents=True)
    own = place.raw / "mine.parquet"
    own.write_bytes(parquet_bytes()[:-9])
    found = sources.catalogue(place, projects.find(place, "kobe"))[-1]
    assert (found.key, found.path, found.rows, found.columns) == (own.name, own, None, None)


@pytest.mark.parametrize(
    ("name", "content"),
    [("mine.parquet", parquet_bytes()[:-9]), ("mine.csv", b'a,"b\n1,2\n'), ("mine.csv", b""), ("mine.csv", bytes(99))],
)
def test_an_upload_that_is_no_table_is_refused_and_not_kept(place, name, content):
    with pytest.raises(CourtsideError, match=re.escape(name)):
        sources.keep_upload(place, name, content)
    assert list(place.raw.iterdir()) == []


def test_listing_shows_what_is_here(place):
    sources.sample(place, "prod")
    own = sources.keep_upload(place, "mine.parquet", parquet_bytes())
    (place.raw / "notes.csv").write_text("a,b\n1,2\n")
    (place.raw / ".hidden").write_text("")
    found = {item.key: item for item in sources.catalogue(place, projects.find(place, "kobe"))}
    assert list(found)[4:] == [own.name, "notes.csv"]
    assert found["kobe-dev"].path == place.kobe_dir / "dataset_kobe_dev.parquet"
    assert (found["kobe-dev"].rows, found["kobe-dev"].columns, found["kobe-dev"].bytes) == (24271, 25, 596053)
    assert found["sample-prod"].path == place.raw / "synthetic_kobe_prod.parquet"
    assert (found[own.name].rows, found[own.name].columns, found[own.name].role) == (3, 3, None)
    assert (found["notes.csv"].rows, found["notes.csv"].bytes) == (None, 8)


def test_a_project_without_a_built_in_source_lists_uploads_alone(place):
    contract = replace(projects.find(place, "kobe"), source="")
    assert sources.catalogue(place, contract) == []
    own = sources.keep_upload(place, "mine.csv", b"a,b\n1,2\n")
    assert [item.path for item in sources.catalogue(place, contract)] == [own]
    with pytest.raises(CourtsideError, match="has no data of its own"):
        sources.default(place, contract, "train")


def test_the_original_files_are_the_default_and_the_sample_where_they_are_not(place, offline):
    contract = projects.find(place, "kobe")
    for role, which in (("train", "dev"), ("production", "prod")):
        original, instead = sources.default(place, contract, role), sources.default(offline, contract, role)
        assert (original.key, original.synthetic) == (f"kobe-{which}", False)
        assert (instead.key, instead.synthetic) == (f"sample-{which}", True)
        assert sources.resolve(offline, contract, "", role=role) == instead.path
        pd.testing.assert_frame_equal(read_table(instead.path), shots(which, sources.SAMPLE_SEED))


def test_the_original_file_is_not_replaced_by_the_sample_where_it_was_asked_for(offline):
    with pytest.raises(UnreachableError, match="could not be downloaded"):
        sources.resolve(offline, projects.find(offline, "kobe"), "kobe-dev", role="train")
    assert not list(offline.raw.glob("synthetic*"))


def test_a_source_is_found_by_its_key_its_path_or_not_at_all(place):
    contract = projects.find(place, "kobe")
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
        read_table(sources.resolve(place, projects.find(place, "kobe"), data, role="train"))


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
    content = parquet_bytes()
    path = sources.keep_upload(place, name, content)
    assert path == place.raw / f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}{ending}"
    assert path.read_bytes() == content
    assert list(place.raw.iterdir()) == [path]


TABLE = parquet_bytes()


@budget(derandomize=True, deadline=None, max_examples=300)
@given(name=st.text(max_size=30) | st.text(alphabet="./\\~:*\0\nab", max_size=12))
@example(name="dataset_kobe_dev.parquet")
@example(name="synthetic_kobe_prod.parquet")
@example(name="/etc/passwd")
@example(name="CON")
def test_no_name_leads_an_upload_out_of_its_folder_or_over_a_built_in_file(tmp_path_factory, name):
    place = replace(settings.load(), home=tmp_path_factory.getbasetemp() / "uploads of any name")
    path = sources.keep_upload(place, name, TABLE)
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
    assert sources.keep_upload(small, "fits.csv", b"a\n" + b"1\n" * (2**19 - 1)).stat().st_size == 2**20


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
