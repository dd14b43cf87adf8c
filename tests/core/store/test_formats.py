"""Whatever is stored as JSON says its format: older ones are read, newer ones are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core import workflows
from core.store import formats, settings, tracking
from core.text.errors import CourtsideError
from core.text.language import translate
from core.workflows.runs import Artifact
from tests.old_store import READS

CONTENTS = [{"a": 1}, ["a", "b"], [], {}, {"format": {"value": 1.0}}, {"content": 2}, "text", None]


@pytest.mark.parametrize("content", CONTENTS)
def test_what_is_written_carries_a_number_and_is_read_back(store, content):
    with tracking.run(settings.load(), "p", "A") as run:
        run.json("thing.json", content)
    written = json.loads(tracking.artifact(settings.load(), run.run_id, "thing.json").read_text())
    assert written == {"format": 1, "content": content}
    assert tracking.read_json(settings.load(), run.run_id, "thing.json") == content


@pytest.mark.parametrize("content", CONTENTS)
def test_what_earlier_versions_wrote_without_a_number_is_read(store, content):
    with tracking.run(settings.load(), "p", "A") as run:
        run.text("thing.json", json.dumps(content))
    assert tracking.read_json(settings.load(), run.run_id, "thing.json") == content


def test_a_newer_format_is_named_and_an_older_one_is_read(store, monkeypatch):
    with tracking.run(settings.load(), "p", "A") as run:
        run.json("thing.json", {"a": 1})
        with monkeypatch.context() as later:
            later.setattr(formats, "CURRENT", {"other.json": 3})
            run.json("other.json", {"a": 2})
            assert tracking.read_json(settings.load(), run.run_id, "thing.json") == {"a": 1}
            assert tracking.read_json(settings.load(), run.run_id, "other.json") == {"a": 2}
    with pytest.raises(CourtsideError) as refused:
        tracking.read_json(settings.load(), run.run_id, "other.json")
    assert str(refused.value) == (
        f"File other.json of run {run.run_id} was written by a newer Courtside. It is in format 3. This version reads "
        "formats up to 1. Update Courtside to open it."
    )
    assert "Courtside mais novo" in translate(refused.value.message, "pt_BR")


def test_a_page_says_it_of_a_run_that_a_newer_version_wrote(old_home):
    run = workflows.latest_monitored("loans").run_id
    path = tracking.artifact(settings.load(), run, Artifact.ASSESSMENT)
    path.write_text(json.dumps({"format": 99, "content": {}}))
    with pytest.raises(CourtsideError, match="newer Courtside"):
        workflows.status("loans")


def widened(value: object) -> object:
    """Stored JSON as a newer version may write it: records with a key more. Where the keys are names (of features,
    metrics or drift statistics, or of the values in a sentence) there is nothing to add."""
    if isinstance(value, list):
        return [widened(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {name: item if name == "values" else widened(item) for name, item in value.items()}
    return found if by_name(value) else {**found, "from the future": [1]}


def by_name(value: dict[str, object]) -> bool:
    """Whether the keys of a stored value are names, not fields of a record."""
    if {"test", "value", "windows", "needed"} & set(value):
        return False
    numbers = all(isinstance(item, int | float | None) and not isinstance(item, bool) for item in value.values())
    return numbers or all(isinstance(item, dict | None) for item in value.values()) or "psi" in value


def test_readers_leave_out_the_keys_that_a_newer_version_added(old_home):
    before = {name: str(READS[name]()) for name in KEPT}
    files = [*(old_home / "models" / "artifacts" / "loans").glob("*/artifacts/*.json")]
    added = 0
    for path in files:
        text = path.read_text()
        path.write_text(json.dumps(widened(json.loads(text))))
        added += path.read_text() != json.dumps(json.loads(text))
    assert {Path(path).name for path in files} >= {Artifact.ASSESSMENT, Artifact.REPLAY, Artifact.CHOICE}
    assert added > len(files) / 2
    assert {name: str(READS[name]()) for name in KEPT} == before


KEPT = (
    "decision",
    "importance",
    "importance_changes",
    "kept_policies",
    "learned",
    "monitored",
    "policy_preview",
    "rejected",
    "replayed",
    "retrained",
    "table_profile",
    "train_and_test",
    "trained",
    "unlabelled",
)
"""Workflows that give back what is stored as JSON."""
