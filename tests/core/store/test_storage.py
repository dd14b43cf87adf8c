"""A file appears whole under its name or not at all, and leftovers of the dead go."""

from __future__ import annotations

import pandas as pd
import pytest

from core.store import storage
from core.store.storage import atomic, write_parquet, write_text


@pytest.fixture
def folder(tmp_path):
    """A folder with nothing in it."""
    empty = tmp_path / "folder"
    empty.mkdir()
    return empty


def test_a_file_appears_under_its_name_with_what_was_written(tmp_path):
    with atomic(tmp_path / "made" / "on the way" / "file.txt") as temporary:
        temporary.write_text("whole")
        assert temporary.parent == tmp_path / "made" / "on the way"
        assert not (tmp_path / "made" / "on the way" / "file.txt").exists()
    assert (tmp_path / "made" / "on the way" / "file.txt").read_text() == "whole"
    assert [path.name for path in tmp_path.rglob("*.*")] == ["file.txt"]


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt])
def test_an_error_leaves_the_old_file_and_nothing_else(folder, error):
    path = folder / "file.txt"
    write_text("old", path)

    def fail_halfway():
        with atomic(path) as temporary:
            temporary.write_text("ne")
            raise error("the disk is full")

    with pytest.raises(error, match="the disk is full"):
        fail_halfway()
    assert path.read_text() == "old"
    assert list(folder.iterdir()) == [path]


def test_an_error_before_anything_is_written_leaves_an_empty_folder(folder):
    with pytest.raises(ValueError, match="early"), atomic(folder / "file.txt"):
        raise ValueError("early")
    assert list(folder.iterdir()) == []


def test_a_frame_that_cannot_be_written_leaves_the_old_file_and_nothing_else(folder):
    write_parquet(pd.DataFrame({"a": [1]}), folder / "table.parquet")
    with pytest.raises(Exception, match="Conversion failed for column a"):
        write_parquet(pd.DataFrame({"a": [1, "one", b"1"]}), folder / "table.parquet")
    assert [path.name for path in folder.iterdir()] == ["table.parquet"]
    assert pd.read_parquet(folder / "table.parquet")["a"].tolist() == [1]


def test_a_file_is_replaced_and_readable_like_any_other(tmp_path):
    plain = tmp_path / "plain.txt"
    plain.write_text("")
    write_text("one", tmp_path / "file.txt")
    write_text("two: ação\n", tmp_path / "file.txt")
    assert (tmp_path / "file.txt").read_bytes() == "two: ação\n".encode()
    assert (tmp_path / "file.txt").stat().st_mode == plain.stat().st_mode


def test_the_same_frame_gives_the_same_bytes_and_another_gives_others(tmp_path):
    frame = pd.DataFrame({"number": [1.5, None], "whole": [1, 2], "text": ["a", None]}, index=[7, 3])
    for name, table in (("one", frame), ("two", frame.copy()), ("other", frame.assign(whole=[1, 3]))):
        write_parquet(table, tmp_path / f"{name}.parquet")
    one, two, other = ((tmp_path / f"{name}.parquet").read_bytes() for name in ("one", "two", "other"))
    assert one == two
    assert one != other
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "one.parquet"), frame.reset_index(drop=True))


def test_leftovers_of_a_killed_process_go_and_the_work_of_others_stays(tmp_path):
    (tmp_path / ".gone.part").mkdir()
    (tmp_path / ".gone.part" / "part.parquet").write_text("half")
    with storage.atomic_folder(tmp_path / "mine") as held:
        assert storage.remove_leftovers(tmp_path) == [tmp_path / ".gone.part"]
        assert held.is_dir()
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["mine"]
