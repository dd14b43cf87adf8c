"""What runs before a commit and before a push is one list, in the Makefile."""

from __future__ import annotations

import re

from core.store.settings import HOUSE


def test_the_commit_hook_runs_make_lint_and_has_no_list_of_its_own():
    hook = (HOUSE / ".pre-commit-config.yaml").read_text()
    assert re.findall(r"^\s*entry: (.+)$", hook, re.MULTILINE) == ["make lint"]


def test_make_test_begins_with_make_lint():
    made = (HOUSE / "Makefile").read_text()
    needed = re.search(r"^test:([^#\n]*)", made, re.MULTILINE)
    assert needed
    assert "lint" in needed[1].split()
