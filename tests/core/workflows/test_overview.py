"""The overview's next step follows the first stage that waits for something."""

from __future__ import annotations

import getpass
from datetime import datetime, timedelta

import pytest

from core import workflows
from core.text import language


def told(project: str = "kobe") -> tuple[str, str, bool]:
    step = workflows.next_step(workflows.status(project))
    return str(step.title), step.page, step.retrain


def test_before_the_first_data_there_is_no_next_step(store):
    assert workflows.next_step(workflows.status("kobe")) is None


def test_the_next_step_goes_through_the_life_of_a_version(lifecycle_home):
    assert told() == (str(workflows.latest_monitored("kobe").assessment.headline), "monitoring", True)

    workflows.register("kobe", "dt_tuned")
    assert told() == ("Version 2 waits for your decision", "model_registry", False)

    workflows.promote("kobe", 2)
    title = "Version 2 is champion now; the last batch was scored by version 1"
    assert told() == (title, "production_scoring", False)

    workflows.score("kobe", "kobe-prod")
    assert told() == ("dataset_kobe_prod.parquet is scored and not assessed yet", "monitoring", False)

    workflows.prepare("kobe", "kobe-dev", seed=11)
    assert told() == ("The data changed after the last training", "training", False)


def test_the_history_says_who_and_when(lifecycle_home):
    found = workflows.history("kobe")
    kinds = ["alert", "Monitoramento", "PipelineAplicacao", "Promocao", "register", "Treinamento", "PreparacaoDados"]
    assert [item.kind for item in found] == kinds
    assert {item.who for item in found} == {getpass.getuser()}
    assert [item.when for item in found] == sorted((item.when for item in found), reverse=True)


def test_the_history_tells_of_a_roll_back_of_late_labels_and_of_a_policy(lifecycle_home, tmp_path):
    workflows.register("kobe", "dt_tuned")
    workflows.promote("kobe", 2)
    workflows.rollback("kobe")
    rows = workflows.scored_rows(workflows.latest_scored("kobe").run_id)
    late = rows[rows["shot_made_flag"].isna()].head(5)[["shot_id"]].assign(shot_made_flag=1)
    late.to_csv(tmp_path / "late.csv", index=False)
    workflows.add_labels("kobe", str(tmp_path / "late.csv"))
    workflows.keep_policy("kobe", workflows.policy("kobe").policy)
    assert [str(item.what) for item in workflows.history("kobe")[:4]] == [
        "Saved **policy 1**",
        "Joined **5 labels** to a batch",
        "Rolled back to **version 1**",
        "Promoted **version 2**",
    ]


@pytest.mark.parametrize(("chosen", "words"), [("en", "today, 16:58"), ("pt_BR", "hoje, 16:58")])
def test_a_moment_of_today_is_called_so_and_another_day_by_its_date(chosen, words):
    moment = datetime(2026, 3, 12, 16, 58)
    assert language.when(moment, chosen, moment + timedelta(hours=1)) == words
    assert language.when(moment, chosen, moment + timedelta(days=1)).startswith("12 ")
