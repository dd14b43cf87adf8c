"""The overview: the state of every stage, the next step, and the history of a project."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys

from core import workflows
from core.store import settings, tracking


def told(project: str = "kobe") -> tuple[str, str, bool]:
    step = workflows.next_step(workflows.status(project))
    assert step is not None
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


def test_runs_of_a_dead_process_are_closed_with_the_reason_and_others_left_alone(store):
    place = settings.load()
    child = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    with tracking.run(place, "kobe", "Treinamento") as mine:
        dead = tracking.client(place).create_run(
            tracking.client(place).get_experiment_by_name("kobe").experiment_id,
            tags={tracking.OWNER: f"{os.uname().nodename}:{child.stdout.strip()}"},
        )
        assert workflows.close_interrupted() == [dead.info.run_id]
        assert tracking.get(place, mine.run_id).status == "RUNNING"
    closed = tracking.get(place, dead.info.run_id)
    assert closed.status == "KILLED"
    assert "gone" in closed.tags[tracking.REASON]


def test_an_empty_workspace_has_a_status_and_stays_empty(workspace):
    status = workflows.status("kobe")
    assert [stage.state for stage in status.stages] == ["nothing"] * 5
    assert not list(workspace.iterdir())


def test_a_stage_is_stale_once_an_earlier_one_has_moved_on(lifecycle_home):
    assert {stage.key: stage.state for stage in workflows.status("kobe").stages}["training"] == "done"
    workflows.prepare("kobe", "kobe-dev", seed=3)
    assert {stage.key: stage.state for stage in workflows.status("kobe").stages}["training"] == "stale"
