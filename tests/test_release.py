"""Each release is in the changelog with its date, and the code is the newest one."""

from __future__ import annotations

import re
import tomllib
from datetime import date

from core import __version__
from core.store.settings import HOUSE

CHANGELOG = (HOUSE / "CHANGELOG.md").read_text()
RELEASES = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)


def test_the_newest_release_in_the_changelog_is_the_version_of_the_code():
    assert RELEASES[0].split(" - ")[0] == __version__


def test_each_release_has_a_date_except_the_newest_while_it_is_made():
    newest, *earlier = [release.split(" - ")[1] for release in RELEASES]
    assert newest == "Unreleased" or date.fromisoformat(newest) >= date.fromisoformat(earlier[0])
    days = [date.fromisoformat(day) for day in earlier]
    assert days == sorted(days, reverse=True)


def test_the_version_is_written_in_one_place():
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "core.__version__"}
