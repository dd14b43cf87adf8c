"""A plan says what goes into a retraining before anything runs, and refuses what makes no sense."""

from __future__ import annotations

import pytest

from core import workflows
from core.retraining import mixing
from core.retraining.policies import OFF, Policy
from core.store import settings, sources, tables, tracking
from core.text.errors import CourtsideError
from core.workflows.preparation import split_of
from tests.retrainings import QUICK


def test_the_plan_says_what_goes_in_and_the_run_does_it(lifecycle_home):
    plan = workflows.retraining_plan("kobe")
    assert (plan.own, plan.joined, plan.weight) == ((16228, 4057), (2706, 2706), 1)
    assert workflows.retraining_plan("kobe", weight=mixing.EQUAL).weight == pytest.approx(16228 / 2706)
    assert (plan.champion, plan.trigger, plan.promotes) == (1, "reactive", False)
    assert (plan.pool.unlabelled, plan.pool.known, plan.pool.repeated) == (6426 - 5412, 0, 0)
    told = []
    found = workflows.retrain("kobe", **QUICK, progress=lambda done, total, what: told.append((done, total, str(what))))
    assert (found.champion, found.challenger, found.trigger, found.promoted) == (1, 2, "reactive", False)
    assert workflows.champion("kobe").version == 1
    split, _ = split_of(workflows.versions("kobe")[0].tags["preparation_run"])
    assert (len(split.train), len(split.test)) == (16228 + 2706, 4057 + 2706)
    assert "waits for your decision" in str(found.outcome)
    assert found.comparison == workflows.compare("kobe", 2).comparison
    assert found.comparison.test.rows == 4057
    assert workflows.retrained(found.run_id) == found
    # One count for all of it, that never steps back and ends at its end.
    assert len({total for __, total, __ in told}) == 1
    assert [done for done, __, __ in told] == sorted(done for done, __, __ in told)
    assert told[-1][0] == told[-1][1]
    for stage in ("Preparing", "fit ", "Registering", "Comparing"):
        assert any(stage in what for __, __, what in told), stage


def test_a_batch_is_refused_before_anything_runs_once_the_champion_has_learned_from_it(retrained):
    workflows.promote("kobe", 2)
    again = workflows.score("kobe", "kobe-prod")
    for run in (again.run_id, workflows.labelled_batches("kobe")[0].run_id):
        with pytest.raises(CourtsideError, match="already learned from all 5,412"):
            workflows.retraining_plan("kobe", run)
    before = len(tracking.runs(settings.load(), "kobe", limit=100, finished=False))
    with pytest.raises(CourtsideError, match="already learned"):
        workflows.retrain("kobe")
    assert len(tracking.runs(settings.load(), "kobe", limit=100, finished=False)) == before


def test_two_batches_that_overlap_join_each_row_once(lifecycle_home, tmp_path):
    raw = tables.read_table(sources.kobe(settings.load(), "prod"))
    raw.head(3_000).to_parquet(tmp_path / "first.parquet")
    part = workflows.score("kobe", str(tmp_path / "first.parquet"))
    known = {item.run_id: item for item in workflows.labelled_batches("kobe")}
    assert len(known) == 2
    plan = workflows.retraining_plan("kobe", list(known))
    assert sum(plan.joined) == 5412
    assert plan.pool.repeated == part.rows_labelled
    workflows.score("kobe", "kobe-prod")
    assert len(workflows.labelled_batches("kobe")) == 2


def test_a_retraining_that_no_policy_asks_for_is_manual(lifecycle_home):
    workflows.keep_policy("kobe", Policy(**OFF))
    workflows.monitor("kobe")
    assert workflows.retraining_plan("kobe").trigger == "manual"
