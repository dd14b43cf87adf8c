"""Registration: parents and checks of a version, promotions and roll-backs, two people at once."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from core import workflows
from core.metrics.challenge import Comparison
from core.store import settings, tracking
from core.store.settings import HOUSE
from core.text.errors import CourtsideError
from core.text.language import translate
from core.training.portability import UNSEEN
from core.workflows import registration, scoring
from core.workflows.runs import Artifact
from tests.app import opened
from tests.kills import killed
from tests.odd_batches import ODD, odd
from tests.worlds import made_once

PYFUNC = """
import sys
sys.modules["pycaret"] = sys.modules["core"] = None
import mlflow, numpy as np, os
mlflow.set_tracking_uri("sqlite:///" + os.environ["COURTSIDE_HOME"] + "/models/mlflow.db")
for name in sys.argv[1:]:
    model = mlflow.pyfunc.load_model(name)
    found = np.asarray(model.predict(model.input_example))
    expected = mlflow.sklearn.load_model(name).predict_proba(model.input_example)
    print(found.shape, bool(np.abs(found - expected).max() < 1e-12), bool(((found > 0) & (found < 1)).all()))
"""
LIBRARIES = ["hgb", "lr_isotonic", "svm", "xgboost", "catboost"]


def test_what_misses_the_gate_is_registered_with_a_reason_only_and_the_version_keeps_both(lifecycle_home):
    with pytest.raises(CourtsideError, match=r"Its skill on test is .+ must lie above 0") as refused:
        workflows.register("kobe", "dt", reason="  ")
    assert "write down why" in str(refused.value.hint)
    assert len(workflows.versions("kobe")) == 1
    version = workflows.register("kobe", "dt", reason="to show what overfits")
    assert version.tags["gate_reason"] == "to show what overfits"
    assert "Its skill on test" in version.tags["gate_misses"]
    assert "gate_reason" not in workflows.register("kobe", "lr", reason="not needed").tags
    assert workflows.why_despite(version) == "to show what overfits"
    (miss,) = [text for text in workflows.missed(version) if "skill" in str(text)]
    assert "ganho" in translate(miss, "pt_BR")
    assert str(miss) in version.tags["gate_misses"]


def test_a_promotion_is_a_run_with_before_after_reason_who_and_the_evidence(two):
    workflows.promote("kobe", 2, reason="the tree reads better", who="Ana", expected=1)
    change, first = workflows.changes("kobe")
    assert (change.kind, change.before, change.after) == ("Promocao", 1, 2)
    assert (change.threshold_before, change.threshold_after) == (0.5, 0.4)
    assert (change.reason, change.who, change.guard) == ("the tree reads better", "Ana", "against")
    assert (first.before, first.after, first.guard, first.threshold_before) == (0, 1, "", None)
    assert first.who == tracking.get(settings.load(), first.run_id).tags[tracking.USER]
    kept = Comparison.from_dict(tracking.read_json(settings.load(), change.run_id, Artifact.COMPARISON))
    assert kept.test.rows == 4057
    assert not kept.guard.ok


def test_a_roll_back_restores_version_threshold_and_monitoring_reference(two):
    before = scoring.reference(workflows.champion("kobe"))
    workflows.promote("kobe", 2)
    assert workflows.score("kobe", "kobe-prod").threshold == 0.4
    assert not scoring.reference(workflows.champion("kobe")).equals(before)
    workflows.rollback("kobe", reason="worse on threes", who="Rui", expected=2)
    champion = workflows.champion("kobe")
    assert (champion.version, champion.threshold) == (1, 0.5)
    assert scoring.reference(champion).equals(before)
    again = workflows.score("kobe", "kobe-prod")
    assert (again.version, again.threshold) == (1, 0.5)
    last = workflows.changes("kobe")[0]
    assert (last.kind, last.before, last.after, last.who, last.reason) == ("Reversao", 2, 1, "Rui", "worse on threes")


def champions(home: Path, monkeypatch) -> tuple[int, list[int]]:
    """The champion of the loans of a workspace in which a killed process was seen to, and all that were before."""
    monkeypatch.setenv("COURTSIDE_HOME", str(home))
    # MLflow leaves the address of the store that it used last in the environment.
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    workflows.close_interrupted()
    model = tracking.client(settings.load()).get_registered_model("loans")
    return int(model.aliases["champion"]), [int(item) for item in model.tags["champions"].split(",")]


@pytest.mark.parametrize("act", ["promote", pytest.param("rollback", marks=pytest.mark.slow)])
def test_a_change_of_champion_that_is_killed_anywhere_is_made_with_its_record_or_not_at_all(old_home, monkeypatch, act):
    first = workflows.champion("loans").version
    second = next(item.version for item in workflows.versions("loans") if item.version != first)
    if act == "rollback":
        workflows.promote("loans", second)
    before, after = (first, second) if act == "promote" else (second, first)
    known, seen = len(workflows.changes("loans")), set()
    for home in killed(old_home, f"workflows.{act}('loans'{f', {second}' if act == 'promote' else ''})"):
        now, history = champions(home, monkeypatch)
        assert now == history[-1]
        told = workflows.changes("loans")
        if now == before:
            assert len(told) == known
        else:
            assert (now, told[0].before, told[0].after, len(told)) == (after, before, after, known + 1)
        assert not [run for run in tracking.runs(settings.load(), "loans", finished=False) if run.status == "RUNNING"]
        assert workflows.promote("loans", after).version == after
        seen.add(now)
    assert seen == {before, after}


def test_a_registration_that_is_killed_anywhere_leaves_a_whole_version_or_none(old_home, monkeypatch):
    known, seen = len(workflows.versions("loans")), set()
    for home in killed(old_home, "workflows.register('loans', reason='once more')"):
        champions(home, monkeypatch)
        versions = workflows.versions("loans")
        for version in versions[: len(versions) - known]:
            assert version.alias == "challenger"
            assert workflows.card("loans", version.version)
            assert len(scoring.reference(version))
        seen.add(len(versions) - known)
        assert workflows.register("loans", reason="once more").alias == "challenger"
    assert 0 in seen
    assert seen <= {0, 1}


@pytest.mark.parametrize("kind", ODD)
def test_no_batch_stands_in_the_way_of_a_promotion_or_back(old_home, tmp_path, kind):
    first = workflows.champion("loans").version
    second = next(item.version for item in workflows.versions("loans") if item.version != first)
    workflows.score("loans", odd(kind, tmp_path))
    workflows.monitor("loans", deliver=False)
    compared = workflows.compare("loans", second).comparison
    assert (compared.production is None) == (kind != "one unreadable cell")
    assert workflows.promote("loans", second).version == second
    assert workflows.rollback("loans").version == first
    page = opened("pages/model_registry.py", project="loans")
    assert not page.exception
    assert not page.error


@pytest.mark.parametrize("name", ["o'brien", 'a"b', "a:b"])
def test_a_contract_whose_name_no_store_takes_keeps_no_other_project_from_its_start(old_home, name):
    contract = old_home / "data" / "contracts" / "loans.toml"
    contract.with_name(f"{name}.toml").write_text(contract.read_text())
    assert name in workflows.projects()
    assert workflows.close_interrupted() == []
    assert workflows.promote("loans", 2).version == 2


def test_a_champion_that_was_set_by_other_means_joins_the_history(old_home):
    first = workflows.champion("loans").version
    second = next(item.version for item in workflows.versions("loans") if item.version != first)
    tracking.client(settings.load()).set_registered_model_alias("loans", "champion", str(second))
    workflows.close_interrupted()
    assert workflows.can_roll_back("loans") == first
    assert workflows.rollback("loans").version == first


def test_promoting_the_champion_changes_nothing(lifecycle_home):
    before = workflows.changes("kobe")
    assert workflows.promote("kobe", 1).alias == "champion"
    assert workflows.changes("kobe") == before


def test_a_decision_against_a_champion_that_has_changed_is_refused_and_leaves_no_run(two):
    workflows.register("kobe", "lr")
    workflows.promote("kobe", 2, who="Ana")
    before = workflows.changes("kobe")
    for late in (
        lambda: workflows.promote("kobe", 3, expected=1),
        lambda: workflows.rollback("kobe", expected=1),
    ):
        with pytest.raises(CourtsideError, match="Meanwhile Ana made version 2 the champion"):
            late()
    assert workflows.champion("kobe").version == 2
    assert workflows.changes("kobe") == before


def test_of_two_processes_that_promote_at_once_one_wins_and_the_other_is_told(two, workspace):
    workflows.register("kobe", "lr")
    code = (
        "import sys; from core import workflows; from core.text.errors import CourtsideError\n"
        "workflows.versions('kobe'); print('ready', flush=True); sys.stdin.readline()\n"
        "try:\n    print('won', workflows.promote('kobe', {version}, who='p{version}', expected=1).version)\n"
        "except CourtsideError as told:\n    print('told', told.message)\n"
    )
    people = [
        subprocess.Popen(
            [sys.executable, "-c", code.format(version=version)],
            cwd=HOUSE, env=os.environ | {"COURTSIDE_HOME": str(workspace)}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        for version in (2, 3)
    ]  # fmt: skip
    for one in people:
        assert one.stdout.readline() == "ready\n"
    for one in people:
        one.stdin.write("go\n")
        one.stdin.flush()
    told, won = sorted(one.communicate(timeout=120)[0].strip() for one in people)
    winner = int(won.removeprefix("won "))
    assert told == f"told Meanwhile p{winner} made version {winner} the champion."
    assert workflows.champion("kobe").version == winner
    assert len(workflows.changes("kobe")) == 2


def test_the_history_as_csv_runs_nothing_in_a_spreadsheet(two):
    workflows.promote("kobe", 2, reason="=HYPERLINK(1)", who="@ana")
    rows = list(csv.DictReader(io.StringIO(workflows.changes_csv("kobe").decode("utf-8-sig"))))
    assert [(row["kind"], row["before"], row["after"]) for row in rows] == [
        ("Promocao", "1", "2"),
        ("Promocao", "0", "1"),
    ]
    assert (rows[0]["reason"], rows[0]["who"]) == ("'=HYPERLINK(1)", "'@ana")


def test_the_newest_production_skill_of_each_version_is_known(two):
    assert set(workflows.production_skill("kobe")) == {1}
    workflows.score("kobe", "kobe-prod", version=2)
    found = workflows.production_skill("kobe")
    assert found[2] == workflows.latest_scored("kobe").metrics["skill"]
    assert found[1] != found[2]


def test_the_figures_of_all_versions_are_those_of_their_runs(two):
    found = workflows.version_metrics(workflows.versions("kobe"))
    for version in workflows.versions("kobe"):
        assert found[version.version] == tracking.get(settings.load(), version.run_id).metrics


def test_a_stored_model_that_cannot_be_read_back_is_refused(lifecycle_home):
    run_id = workflows.latest_trained("kobe").candidate("dt").run_id
    for path in (lifecycle_home / "models").rglob("model.skops"):
        path.write_bytes(b"no model")
    with pytest.raises(CourtsideError, match="can't be read back"):
        workflows.register("kobe", "dt", training_run=workflows.latest_trained("kobe").run_id)
    assert run_id not in [version.run_id for version in workflows.versions("kobe")]


@pytest.fixture(scope="module")
def carried(tmp_path_factory, migrated_store) -> tuple[Path, dict[str, str]]:
    """A workspace in which models of every library are registered, and what each says where PyCaret is not."""

    def register() -> None:
        workflows.prepare("kobe-full", "sample-dev")
        workflows.train("kobe-full", candidates=LIBRARIES, folds=2)
        for name in LIBRARIES:
            workflows.register("kobe-full", name, reason="whatever it is worth")

    home = made_once(tmp_path_factory, "carried", register, begin=migrated_store.parents[1])
    models = [f"models:/kobe-full/{number}" for number, _ in enumerate(LIBRARIES, 1)]
    done = subprocess.run(
        [sys.executable, "-c", PYFUNC, *models],
        capture_output=True, text=True, cwd=settings.HOUSE, check=True, env=os.environ | {"COURTSIDE_HOME": str(home)},
    )  # fmt: skip
    return home, dict(zip(LIBRARIES, done.stdout.splitlines()[-len(LIBRARIES) :], strict=True))


@pytest.mark.parametrize("name", LIBRARIES)
def test_through_pyfunc_a_registered_model_answers_its_input_example_with_probabilities(carried, monkeypatch, name):
    home, said = carried
    monkeypatch.setenv("COURTSIDE_HOME", str(home))
    assert said[name] == "(5, 2) True True"
    (version,) = [one for one in workflows.versions("kobe-full") if one.candidate == name]
    check = tracking.read_table(settings.load(), version.run_id, "pycaret_check.parquet")
    assert (check["action_type"] == UNSEEN).any()
    assert float(version.tags["portability_difference"]) < 1e-9


def test_a_version_carries_its_parents_and_no_pickle(lifecycle_home):
    version = workflows.champion("kobe")
    assert (version.version, version.alias, version.candidate, version.threshold) == (1, "champion", "lr", 0.5)
    assert version.tags["preparation_run"] == workflows.latest_prepared("kobe").run_id
    assert version.tags["training_run"] == workflows.latest_trained("kobe").run_id
    assert float(version.tags["portability_difference"]) <= registration.TOLERANCE
    files = [path.name for path in (lifecycle_home / "models").rglob("*") if path.is_file()]
    assert "model.skops" in files
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".joblib"))]


def test_a_version_loads_where_pycaret_cannot_be_imported_and_predicts_the_same(lifecycle_home):
    code = """
import sys
sys.modules["pycaret"] = None
import mlflow, os, pandas as pd, numpy as np
mlflow.set_tracking_uri("sqlite:///" + os.environ["COURTSIDE_HOME"] + "/models/mlflow.db")
check = pd.read_parquet(sys.argv[1])
expected = check.pop("probability").to_numpy()
print(np.abs(mlflow.sklearn.load_model("models:/kobe@champion").predict_proba(check)[:, 1] - expected).max())
print(np.abs(mlflow.pyfunc.load_model("models:/kobe@champion").predict(check)[:, 1] - expected).max())
"""
    check = tracking.artifact(settings.load(), workflows.champion("kobe").run_id, Artifact.PYCARET_CHECK)
    done = subprocess.run(
        [sys.executable, "-c", code, str(check)], capture_output=True, text=True, cwd=HOUSE, check=True
    )
    assert [float(line) <= 1e-9 for line in done.stdout.split()] == [True, True]


def test_a_model_that_differs_from_pycaret_is_refused(lifecycle_home):
    candidate = workflows.latest_trained("kobe").candidate("dt_tuned")
    path = tracking.artifact(settings.load(), candidate.run_id, Artifact.PYCARET_CHECK)
    check = pd.read_parquet(path)
    check.assign(probability=check["probability"] + 1e-6).to_parquet(path)
    with pytest.raises(CourtsideError, match="differs from the PyCaret pipeline by"):
        workflows.register("kobe", "dt_tuned")
    assert len(workflows.versions("kobe")) == 1


def test_promoting_makes_a_champion_and_rolling_back_returns_to_the_one_before(lifecycle_home):
    second = workflows.register("kobe", "dt_tuned", threshold=0.4)
    assert (second.version, second.alias, second.threshold) == (2, "challenger", 0.4)
    assert workflows.champion("kobe").version == 1
    assert workflows.promote("kobe").version == 2
    assert workflows.champion("kobe").version == 2
    assert workflows.can_roll_back("kobe")
    assert workflows.rollback("kobe").version == 1
    assert workflows.champion("kobe").version == 1
    with pytest.raises(CourtsideError, match="came before version 1"):
        workflows.rollback("kobe")
    with pytest.raises(CourtsideError, match="has no version 9"):
        workflows.promote("kobe", 9)
