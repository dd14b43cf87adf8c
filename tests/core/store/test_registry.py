"""Hundreds of versions are all there, and asking for one does not read the others."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from benchmarks.registry import crowd
from core import workflows
from core.store import registry, settings, tracking


def questions(ask) -> int:
    """How many statements the store runs meanwhile."""
    asked = []

    def count(*arguments):
        asked.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", count)
    try:
        ask()
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    return len(asked)


def figures(project: str) -> dict:
    """What is recorded of all versions."""
    return workflows.version_metrics(workflows.versions(project))


@pytest.mark.parametrize("read", [workflows.versions, figures, workflows.champion])
def test_the_questions_to_the_store_do_not_grow_with_the_versions(lifecycle_home, read):
    crowd(lifecycle_home, 5, 0)
    few = questions(lambda: read("kobe"))
    crowd(lifecycle_home, 500, 0)
    assert questions(lambda: read("kobe")) <= few + 10


def test_all_of_500_versions_have_their_figures(lifecycle_home):
    skill = figures("kobe")[1]["test_skill"]
    crowd(lifecycle_home, 500, 0)
    assert [item.version for item in workflows.versions("kobe")] == list(range(500, 0, -1))
    found = figures("kobe")
    assert len(found) == 500
    assert {one["test_skill"] for one in found.values()} == {skill}


def test_figures_of_versions_are_read_once_because_they_never_change(lifecycle_home):
    crowd(lifecycle_home, 50, 0)
    known = figures("kobe")
    again = questions(lambda: figures("kobe"))
    assert again == questions(lambda: workflows.versions("kobe"))
    crowd(lifecycle_home, 51, 0)
    assert figures("kobe") == {**known, 51: known[50]}


def test_the_champion_alias_is_mlflows_own(lifecycle_home):
    place = settings.load()
    assert int(tracking.client(place).get_model_version_by_alias("kobe", registry.CHAMPION).version) == 1
