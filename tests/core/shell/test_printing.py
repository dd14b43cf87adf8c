"""What a person reads in a shell."""

from __future__ import annotations

from tests.commands import shell


def test_without_json_a_readable_table_is_printed(lifecycle_home):
    done = shell("status")
    assert done.returncode == 0
    assert "Version 1 is champion" in done.stdout
