"""Files are there whole or not at all."""

import pandas as pd
import pytest

from core.storage import atomic, write_parquet, write_text


def test_a_file_appears_under_its_name_with_what_was_written(tmp_path):
    with atomic(tmp_path / "made" / "on the way" / "file.txt") as temporary:
        temporary.write_text("whole")
        assert temporary.parent == tmp_path / "made" / "on the way"
        assert not (tmp_path / "made" / "on the way" / "file.txt").exists()
    assert (tmp_path / "made" / "on the way" / "file.txt").read_text() == "whole"
    assert [path.name for path in tmp_path.rglob("*.*")] == ["file.txt"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file.txt"
    write_text("old", path)

    def fail_halfway():
        with atomic(path) as temporary:
            temporary.write_text("ne")
            raise ValueError("the disk is full")

    with pytest.raises(ValueError, match="the disk is full"):
        fail_halfway()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_before_anything_is_written_leaves_an_empty_folder(tmp_path):
    with pytest.raises(ValueError, match="early"), atomic(tmp_path / "file.txt"):
        raise ValueError("early")
    assert list(tmp_path.iterdir()) == []


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
