"""python -m core VERB: one JSON object on standard output, errors with their hint and exit code 2."""

from __future__ import annotations

import pytest

from core import __version__, workflows
from core.retraining.limits import LIMITS
from core.shell.cli import cli
from tests.commands import answer, process, shell
from tests.listeners import hook
from tests.loans import loans

VERBS = [
    "sources",
    "prepare",
    "train",
    "register",
    "promote",
    "rollback",
    "score",
    "monitor",
    "policy",
    "alerts",
    "retrain",
    "replay",
    "card",
    "report",
    "lineage",
    "status",
    "demo",
]


def test_every_verb_is_there():
    assert set(VERBS) <= set(cli.commands)


def test_the_lifecycle_runs_from_a_shell_with_the_promised_keys(store):
    prepared = answer("prepare", by=process)
    assert {"run_id", "rows_raw", "rows_kept", "rows_train", "rows_test", "fingerprint"} <= prepared.keys()
    assert (prepared["rows_kept"], prepared["rows_train"], prepared["rows_test"]) == (20285, 16228, 4057)
    trained = answer("train", "--folds", "3", "--iterations", "2", by=process)
    assert {"run_id", "recommended", "reason"} <= trained.keys()
    for candidate in trained["candidates"]:
        assert {"name", "run_id", "test_log_loss", "test_f1", "test_roc_auc", "cv_log_loss_mean"} <= candidate.keys()
    assert answer("register")["alias"] == "challenger"
    assert answer("register", "--candidate", "lr") == {
        "name": "kobe",
        "version": 2,
        "alias": "challenger",
        "candidate": "lr",
    }
    assert answer("promote", "--version", "1")["alias"] == "champion"
    assert answer("promote") == {"name": "kobe", "version": 2, "alias": "champion", "candidate": "lr"}
    scored = answer("score")
    assert {
        "run_id",
        "rows",
        "rows_scored",
        "rows_rejected",
        "log_loss",
        "f1",
        "roc_auc",
        "skill",
        "output",
    } <= scored.keys()
    assert (scored["rows"], scored["rows_rejected"]) == (6426, 0)
    assert scored["log_loss"] <= 0.635
    # The verdict asks for action, which a scheduler learns from the exit code.
    monitored = answer("monitor", code=3, by=process)
    assert "does not fit" in monitored["verdict"]
    assert [item["feature"] for item in monitored["drift"]][:2] == ["shot_distance", "lat"]
    assert {"feature", "psi", "ks", "wasserstein", "drifted"} <= monitored["drift"][0].keys()
    assert {"run_id", "performance"} <= monitored.keys()
    status = answer("status")
    assert {"stages", "champion", "last_batch", "verdict"} <= status.keys()
    assert status["champion"]["version"] == 2
    assert status["verdict"] == monitored["verdict"]
    assert answer("rollback")["version"] == 1
    refused = process("rollback", "--json")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "came before version 1" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_file_can_be_prepared_and_scored(lifecycle_home, tmp_path):
    batch = workflows.scored_rows(workflows.latest_scored("kobe").run_id).head(10)
    batch.to_csv(tmp_path / "batch.csv", index=False)
    assert answer("score", str(tmp_path / "batch.csv"))["rows_scored"] == 10
    assert answer("prepare", "--data", "sample-dev")["rows_raw"] == 24271


def test_card_report_and_lineage_are_written_from_a_shell(lifecycle_home, tmp_path):
    card, report = tmp_path / "card.md", tmp_path / "report.html"
    assert answer("card", "--to", str(card), "--language", "pt_BR") == {"file": str(card)}
    assert card.read_text().startswith("# Ficha do modelo: Arremessos do Kobe, versão 1")
    assert answer("report", "--to", str(report)) == {"file": str(report)}
    assert "<h1>Monitoring report: dataset_kobe_prod.parquet, version 1</h1>" in report.read_text()
    scored = workflows.latest_scored("kobe").run_id
    assert answer("lineage", "--run", scored)["about"] == scored
    assert answer("lineage")["about"] == "version 1"
    assert "dataset_kobe_dev.parquet" in shell("lineage").stdout
    nowhere = shell("card", "--to", str(tmp_path / "nowhere" / "card.html"))
    assert nowhere.returncode == 2
    assert "can't be written" in nowhere.stderr


def test_a_retraining_can_be_planned_with_the_options_of_the_dialog(lifecycle_home):
    planned = answer("retrain", "--plan", "--rows", "year", "--weight", "0", "--held-out", "0.3")
    assert planned["own"] == [16228, 4057]
    assert planned["pool"]["window"] == "2016"
    train, held_out = planned["joined"]
    assert held_out == -(-3 * (train + held_out) // 10)
    assert planned["weight"] == pytest.approx(16228 / train)
    assert planned["trigger"] == "reactive"
    assert len(workflows.versions("kobe")) == 1
    assert "can't mix" in shell("retrain", "--rows", "newest").stderr


def test_a_policy_is_tried_kept_and_decides_the_exit_code(lifecycle_home):
    off = [part for name in LIMITS for part in (f"--{name.replace('_', '-')}", "off")]
    assert answer("policy")["number"] == 0
    tried = answer("policy", *off, "--rows", "6000", "--preview")
    assert [(one["retrain"], one["rule"]) for one in tried["batches"]] == [(True, "rows")]
    assert answer("policy")["number"] == 0
    kept = answer("policy", *off, "--promote", "--who", "Ana")
    assert (kept["number"], kept["who"], kept["policy"]) == (1, "Ana", dict.fromkeys(LIMITS) | {"promote": True})
    assert answer("monitor", code=3)["alert"]["asked_by"] == ["verdict"]
    rows = workflows.reference(workflows.champion("kobe")).drop(columns=["probability"])
    rows.to_parquet(lifecycle_home / "calm.parquet")
    answer("score", str(lifecycle_home / "calm.parquet"))
    calm = answer("monitor")
    assert (calm["level"], calm["policy"]["retrain"], calm["alert"]) == ("healthy", False, None)
    answer("policy", "--rows", "1000")
    asked = answer("monitor", code=3)
    assert (asked["level"], asked["policy"]["rule"], asked["alert"]["asked_by"]) == ("healthy", "rows", ["policy"])
    assert shell("policy", "--days", "soon").returncode == 2


def test_a_dead_webhook_keeps_a_shell_for_a_while_and_changes_no_verdict(lifecycle_home, monkeypatch):
    with hook(500) as taken:
        monkeypatch.setenv("COURTSIDE_WEBHOOK_URL", taken.address)
        told = answer("monitor", code=3)["alert"]["deliveries"]
        assert [(one["state"], one["attempts"], one["failure"]) for one in told] == [("failed", 3, "it answered 500")]
        assert len(taken.heard) == 3
        assert shell("alerts", "--send").returncode == 2
    with hook(200) as back:
        monkeypatch.setenv("COURTSIDE_WEBHOOK_URL", back.address)
        assert [one["state"] for one in answer("alerts", "--send")["alert"]["deliveries"]] == ["delivered"]
        assert len(back.heard) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["status", "--project", "kobee"], "Did you mean kobe?"),
        (["train"], "Prepare the data first."),
        (["score", "nowhere.parquet"], "Register a candidate"),
        (["prepare", "--data", "nowhere.parquet"], "nowhere.parquet"),
        (["prepare", "--test-share", "1.5"], "between 0 and 1"),
        (["prepare", "--features", "height"], "height"),
        (["rollback"], "champion"),
        (["retrain"], "champion"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_users_error_exits_with_2_a_message_and_a_hint(workspace, arguments, said):
    done = shell(*arguments, "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_sources_lists_what_is_there_without_making_anything(workspace):
    listed = {item["key"]: item for item in answer("sources")["sources"]}
    assert {"kobe-dev", "kobe-prod", "sample-dev", "sample-prod"} <= listed.keys()
    assert listed["sample-dev"]["synthetic"]
    assert not list(workspace.iterdir())


def test_a_project_is_made_shown_and_checked_from_a_shell(store, tmp_path):
    path = tmp_path / "loans.csv"
    loans(400, 1).to_csv(path, index=False)
    made = answer(
        "contract", "create", str(path), "--name", "loans", "--target", "default?", "--positive", "yes",
        "--features", "income,rate %,owner", "--id", "loan id", "--time", "opened",
    )  # fmt: skip
    assert made["features"][1]["name"] == "rate %"
    assert answer("contract", "show", "--project", "loans") == made
    checked = answer("contract", "check", str(path), "--project", "loans")
    assert checked["rows"] == checked["kept"] == 400
    again = shell("contract", "create", str(path), "--name", "loans", "--target", "grade [A-D]", "--positive", "yes")
    assert again.returncode == 2
    assert "more than two values" in again.stderr


def test_a_replay_says_which_way_to_retrain_served_best(lifecycle_home):
    found = answer("replay", "--by", "rows", "--rows", "6000", "--first", "2", "--every", "1")
    assert {"run_id", "conclusion", "advised", "windows", "rows"} <= found.keys()
    assert [course["strategy"] for course in found["strategies"]] == [
        "never",
        "each",
        "reactive",
        "predictive",
        "policy",
    ]
    assert [course["retrainings"] for course in found["strategies"]][:2] == [0, 1]
    refused = shell("replay", "--by", "rows", "--rows", "15000", "--json")
    assert refused.returncode == 2
    assert "leave too few to replay" in refused.stderr


def test_the_version_is_told():
    done = process("--version")
    assert done.stdout == f"Courtside, version {__version__}\n"
    assert done.returncode == 0
