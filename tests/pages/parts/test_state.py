"""Whatever a link names: the view it means, or one message that says what is wrong. Never a bug's."""

from __future__ import annotations

import pytest

from core import workflows
from core.data.drafting import Roles
from core.store import settings, sources, tables, tracking
from pages.parts.state import plain
from tests.app import opened
from tests.loans import loans

PREPARE, TRAIN, REGISTER, SCORE, MONITOR = (
    f"pages/{name}.py"
    for name in ("data_preparation", "training", "model_registry", "production_scoring", "monitoring")
)
RUNS = [
    (PREPARE, {}, "run"),
    (TRAIN, {}, "run"),
    (SCORE, {}, "batch"),
    (SCORE, {}, "again"),
    (MONITOR, {}, "batch"),
    (MONITOR, {"show": "replay"}, "replay"),
]
"""Where a link names a run."""
NONSENSE = ("nonsense", "-1", "²", "9" * 5000, "1e309", "nan", "../../etc/passwd", "'; DROP TABLE runs", "*a*[b](c)$d$")
CHOICES = [
    (PREPARE, ("show", "court", "view", "data")),
    (TRAIN, ("candidate", "show", "over", "lang", "project")),
    (TRAIN, ("show=features", "feature")),
    (TRAIN, ("show=threshold", "threshold", "aim", "false_alarm", "miss", "wanted")),
    (REGISTER, ("version", "metric", "compare")),
    (SCORE, ("view=single", "why", "x", "y", "case-period", "case-playoffs", "case-minutes_remaining")),
    (MONITOR, ("show=performance", "metric", "by")),
    (MONITOR, ("show=performance", "by=rows", "rows")),
]
"""Where a link names anything else."""


def test_a_name_of_a_batch_is_letters_and_no_markdown(lifecycle_home, tmp_path):
    name = "*a*_[b](http:__c)$d$.parquet"
    tables.read_table(sources.kobe(settings.load(), "prod")).head(200).to_parquet(tmp_path / name)
    run = workflows.score("kobe", str(tmp_path / name))
    shown = plain(name)
    for test in (
        opened("Home.py"),
        opened("pages/production_scoring.py", batch=run.run_id),
        opened("pages/monitoring.py", batch=run.run_id),
    ):
        said = "\n".join(item.value for item in (*test.markdown, *test.caption))
        assert shown in said
        assert name not in said


def said(test) -> list[str]:
    # What a link or a file calls something is escaped, so that markdown shows it as it is.
    return [item.value.replace("\\", "") for item in test.error]


@pytest.mark.parametrize(("page", "choices", "key"), RUNS)
def test_a_run_of_another_kind_or_project_or_none_at_all_is_one_friendly_message(
    lifecycle_home, tmp_path, page, choices, key
):
    loans(300, 1).to_csv(tmp_path / "loans.csv", index=False)
    workflows.create_project(str(tmp_path / "loans.csv"), Roles("default?", "yes"), name="loans")
    other = workflows.prepare("loans", str(tmp_path / "loans.csv")).run_id
    assessed = workflows.latest_monitored("kobe").run_id
    for run, words in {
        "nowhere": "There is no run nowhere in this store.",
        assessed: f"Run {assessed} is no ",
        other: f"Run {other} is no ",
    }.items():
        (error,) = said(opened(page, **choices, **{key: run}))
        assert error.startswith(words)
    if page == PREPARE:
        assert "is no preparation of kobe" in error


def broken() -> None:
    with tracking.run(settings.load(), "kobe", "PreparacaoDados"):
        raise ZeroDivisionError


def test_a_preparation_that_broke_is_not_looked_at(lifecycle_home):
    with pytest.raises(ZeroDivisionError):
        broken()
    run_id = tracking.runs(settings.load(), "kobe", "PreparacaoDados", finished=False)[0].run_id
    (error,) = said(opened(PREPARE, run=run_id))
    assert error.startswith(f"Run {run_id} is no preparation of kobe.")


@pytest.mark.parametrize(("page", "keys"), CHOICES, ids=lambda value: value if isinstance(value, str) else value[-1])
def test_any_other_choice_that_does_not_exist_is_passed_over(lifecycle_home, page, keys):
    fixed = dict(key.split("=") for key in keys if "=" in key)
    for nonsense in NONSENSE:
        test = opened(page, **{key: nonsense for key in keys if "=" not in key} | fixed)
        assert said(test) == [], nonsense


def test_a_link_to_a_project_that_is_not_here_opens_another_and_says_so(lifecycle_home):
    test = opened(TRAIN, project="*loans*")
    assert [item.value for item in test.toast] == [r"There is no project \*loans\* here; this is kobe."]
    assert test.query_params["project"] == "kobe"
    assert not opened(TRAIN).toast
