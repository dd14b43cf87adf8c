"""Projects are shipped, added and replaced, and a misspelt one is answered with the nearest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.data.contract import dumps
from core.store import projects, settings
from core.text.errors import CourtsideError


def test_shipped_projects_are_there_in_an_empty_workspace(place):
    assert projects.names(place) == ["kobe", "kobe-full"]
    assert projects.find(place, "kobe").feature_names == [
        "lat",
        "lon",
        "minutes_remaining",
        "period",
        "playoffs",
        "shot_distance",
    ]


def test_a_workspace_adds_projects_and_may_replace_a_shipped_one(place):
    place.contracts.mkdir(parents=True)
    kobe = projects.find(place, "kobe")
    for contract in (replace(kobe, name="mine"), replace(kobe, title="My own shots")):
        (place.contracts / f"{contract.name}.toml").write_text(dumps(contract))
    assert projects.names(place) == ["kobe", "kobe-full", "mine"]
    assert projects.find(place, "mine") == replace(kobe, name="mine")
    assert projects.find(place, "kobe").title == "My own shots"


def test_shipped_projects_are_found_wherever_the_workspace_is(tmp_path, monkeypatch):
    monkeypatch.setenv("COURTSIDE_HOME", str(tmp_path / "nothing yet"))
    moved = settings.load()
    assert moved.home == tmp_path / "nothing yet"
    assert [projects.find(moved, name).name for name in projects.names(moved)] == ["kobe", "kobe-full"]
    assert not moved.home.exists()


@pytest.mark.parametrize(("name", "near"), [("kobee", "kobe"), ("KOBE", "kobe"), ("kobe_ful", "kobe-full")])
def test_a_misspelt_project_is_answered_with_the_nearest(place, name, near):
    with pytest.raises(CourtsideError) as caught:
        projects.find(place, name)
    assert str(caught.value) == f"There is no project {name}. Did you mean {near}?"


def test_a_project_like_no_other_is_answered_with_all_of_them(place):
    with pytest.raises(CourtsideError, match=r"There is no project wine\. The projects are kobe, kobe-full\."):
        projects.find(place, "wine")


@pytest.mark.parametrize("name", ["../contracts/kobe", "", "a\0b", "*"])
def test_a_name_that_no_project_can_have_is_refused_with_what_there_is(place, name):
    with pytest.raises(CourtsideError, match=r"Did you mean kobe|The projects are kobe, kobe-full"):
        projects.find(place, name)


def test_a_contract_under_another_name_is_refused(place):
    place.contracts.mkdir(parents=True)
    (place.contracts / "mine.toml").write_text(dumps(projects.find(place, "kobe")))
    with pytest.raises(CourtsideError, match=r"mine\.toml is named kobe"):
        projects.find(place, "mine")


@pytest.mark.parametrize("name", ["it's", 'q"q', "a:b", "a`b", "a\\b"])
def test_a_name_that_mlflow_cannot_hold_is_refused_before_anything_is_made_of_it(place, name):
    place.contracts.mkdir(parents=True)
    (place.contracts / f"{name}.toml").write_text(dumps(replace(projects.find(place, "kobe"), name=name)))
    with pytest.raises(CourtsideError, match="which MLflow can't store") as refused:
        projects.find(place, name)
    assert f"Rename {name}.toml" in str(refused.value)


@pytest.mark.parametrize("name", ["Upper case", "é", "a.b", "n" * 250])
def test_any_other_name_of_a_file_is_a_project(place, name):
    place.contracts.mkdir(parents=True)
    contract = replace(projects.find(place, "kobe"), name=name)
    (place.contracts / f"{name}.toml").write_text(dumps(contract))
    assert projects.find(place, name) == contract
