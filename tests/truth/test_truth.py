"""Each promise about Courtside's own errors holds in its worlds, and the report says where one does not."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

from tests.truth.promises import Measured, Promise, each
from tests.truth.report import AREAS, INTRODUCTION, PAGE, verdict, written

PROMISES = [
    (promise, world)
    for area in AREAS
    if (Path(__file__).with_name(f"{area}.py")).exists()
    for promise in importlib.import_module(f"tests.truth.{area}").PROMISES
    for world in promise.worlds
]


def named(promises: list) -> list:
    return [pytest.param(promise, world, id=f"{promise.claim}: {world}") for promise, world in promises]


@pytest.mark.parametrize(
    ("promise", "world"), named([one for one in PROMISES if one[0].quick and one[1] in [*one[0].worlds][:2]])
)
def test_a_promise_is_not_plainly_broken(promise, world):
    found = promise.measured(world, promise.quick)
    assert promise.keeps(found, errors=3), found


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("promise", "world"), named(PROMISES))
def test_a_promise_holds(promise, world):
    found = promise.measured(world)
    assert promise.keeps(found, errors=2), found


def coin(chance: float) -> Promise:
    return Promise("A coin", "false alarms", {"a toss": lambda rng, draws: rng.random(draws) < chance}, most=0.05)


def test_a_rate_is_measured_with_its_error_and_held_against_its_bound():
    kept, missed = coin(0.02), coin(0.5)
    assert verdict(kept, kept.measured("a toss")) == "kept"
    assert verdict(missed, missed.measured("a toss")) == "**missed**"
    assert verdict(kept, Measured(0.06, 0.01, 100)) == "**missed**, within error"
    assert kept.measured("a toss") == kept.measured("a toss")
    assert 0 < Measured.of([False] * 200).error < 0.01


def test_draws_that_do_not_count_are_left_out():
    world = each(lambda rng: None if rng.random() < 0.5 else True)
    assert 20 < len(world(np.random.default_rng(0), 100)) < 80


def test_the_report_keeps_the_sections_that_were_not_measured_again():
    first = written("", {"verdict": "## The verdict\n", "drift": "## Drift\nold\n"})
    again = written(first, {"drift": "## Drift\nnew\n"})
    assert again.startswith(INTRODUCTION)
    assert "## The verdict" in again
    assert "new" in again
    assert "\nold\n" not in again
    assert written(again, {}) == again


def test_the_published_report_has_every_promise_and_is_linked_from_the_readme():
    page = PAGE.read_text()
    assert all(f"### {promise.claim}\n" in page for promise, _ in PROMISES)
    assert "docs/truth.md" in PAGE.parents[1].joinpath("README.md").read_text()
