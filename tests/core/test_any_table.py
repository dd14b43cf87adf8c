"""A table of another domain through the workflows: its contract, its accounts, its cautions and what mends them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core import settings, sources, tracking, workflows
from core.contract import Feature
from core.errors import CourtsideError
from tests.loans import loans

CHOICES = {"name": "loans", "target": "default?", "positive": "yes", "id": "loan id", "time": "opened"}


@pytest.fixture
def table(store, tmp_path) -> str:
    path = tmp_path / "loans.csv"
    loans(1500, 1).to_csv(path, index=False)
    return str(path)


@pytest.fixture
def project(table) -> str:
    workflows.create_project(table, **CHOICES, group="branch")
    return table


def test_a_new_project_is_there_at_once_and_its_name_is_taken(project):
    assert "loans" in workflows.projects()
    assert workflows.project_contract("loans").target == "default?"
    with pytest.raises(CourtsideError, match="There is a project loans already"):
        workflows.create_project(project, **CHOICES)


def test_a_refused_contract_saves_nothing(table):
    with pytest.raises(CourtsideError):
        workflows.create_project(table, **{**CHOICES, "positive": "maybe"})
    assert "loans" not in workflows.projects()


def test_every_row_is_accounted_for_on_the_page_and_in_the_run(project, tmp_path):
    spoilt = pd.read_csv(project)
    spoilt.loc[5, "loan id"] = spoilt.loc[4, "loan id"]
    spoilt["term"] = spoilt["term"].astype(object)
    spoilt.loc[7, "term"] = "soon"
    spoilt.to_csv(tmp_path / "spoilt.csv", index=False)
    made = workflows.prepare("loans", str(tmp_path / "spoilt.csv"))
    assert made.rows_raw == made.rows_kept + made.rows_dropped + made.rows_rejected == 1500
    assert made.rows_rejected == 2
    rows, violations = workflows.rejected(made.run_id)
    assert rows["reason"].tolist() == [
        "loan id is that of an earlier row",
        "term should be a whole number and is soon",
    ]
    assert [str(violation) for violation in violations] == [
        "term should be a whole number; 1 rows differ, such as soon",
        "in 1 rows loan id is that of an earlier row",
    ]
    metrics = tracking.get(settings.load(), made.run_id).metrics
    assert metrics["rows_raw"] == metrics["rows_kept"] + metrics["rows_dropped"] + metrics["rows_rejected"]


def test_checking_a_table_says_the_same_and_writes_nothing(project):
    checked = workflows.check_table("loans", project)
    assert checked.rows == checked.kept + checked.dropped_null + checked.rejected == 1500
    assert tracking.runs(settings.load(), "loans", limit=10) == []


def test_a_preview_is_what_is_then_prepared(project):
    for strategy in ("stratified", "group", "time", "together"):
        seen = workflows.preview("loans", project, strategy=strategy)
        made = workflows.prepare("loans", project, strategy=strategy)
        assert seen.rows == {"train": made.rows_train, "test": made.rows_test}
        assert seen.target_rates["test"] == pytest.approx(made.target_rate_test)
        assert {name: list(span) for name, span in seen.spans.items()} == made.spans
        assert made.strategy == strategy


def test_the_same_file_and_settings_give_the_same_bytes_and_another_byte_another_fingerprint(project, tmp_path):
    one, two = (workflows.prepare("loans", project) for _ in range(2))
    assert one.fingerprint == two.fingerprint
    for name in ("data_filtered", "train_set", "test_set"):
        first, second = (
            tracking.artifact(settings.load(), run.run_id, f"{name}.parquet").read_bytes() for run in (one, two)
        )
        assert first == second
    changed = pd.read_csv(project)
    changed.loc[3, "income"] += 0.01
    changed.to_csv(tmp_path / "changed.csv", index=False)
    assert workflows.prepare("loans", str(tmp_path / "changed.csv")).fingerprint != one.fingerprint


def test_a_caution_goes_away_by_its_mend(project, tmp_path):
    leaky = pd.read_csv(project)
    leaky["paid"] = np.where(leaky["default?"] == "yes", 0.0, leaky["income"])
    leaky = pd.concat([leaky, leaky.head(50).assign(**{"loan id": [f"X{n}" for n in range(50)]})])
    leaky.to_csv(tmp_path / "leaky.csv", index=False)
    workflows.create_project(str(tmp_path / "leaky.csv"), **{**CHOICES, "name": "leaky"})
    made = workflows.prepare("leaky", str(tmp_path / "leaky.csv"))
    found = {item.finding: item for item in workflows.table_profile(made.run_id).cautions}
    assert found["duplicates"].count == 50
    assert found["alone"].feature == "paid"
    assert found["both_sides"].count > 0

    features = tuple(name for name in made.features if name != "paid")
    mended = workflows.prepare(
        "leaky", str(tmp_path / "leaky.csv"), features=features, repeats="drop", strategy="together"
    )
    assert workflows.table_profile(mended.run_id).cautions == ()
    assert mended.rows_raw == mended.rows_kept + mended.rows_dropped + mended.rows_rejected
    assert mended.rows_kept == 1500 - pd.read_csv(project)["late payments"].isna().sum()


def test_an_edited_contract_is_another_version_and_is_recorded_in_the_run(project):
    before = workflows.project_contract("loans")
    edited = [
        Feature("income", "number", minimum=1000, maximum=10_000),
        Feature("late payments", "integer", nulls="reject"),
        *(feature for feature in before.features if feature.name not in ("income", "late payments")),
    ]
    after = workflows.edit_contract("loans", edited)
    assert workflows.project_contract("loans") == after
    assert after.fingerprint != before.fingerprint
    made = workflows.prepare("loans", project)
    table = pd.read_csv(project)
    wrong = ~table["income"].between(1000, 10_000) | table["late payments"].isna()
    assert (made.rows_rejected, made.rows_dropped) == (wrong.sum(), 0)
    assert tracking.get(settings.load(), made.run_id).tags["contract_fingerprint"] == after.fingerprint


def test_an_edit_that_contradicts_itself_is_refused_and_changes_nothing(project):
    before = workflows.project_contract("loans")
    with pytest.raises(CourtsideError, match="a minimum above its maximum"):
        workflows.edit_contract("loans", [Feature("income", "number", minimum=2, maximum=1)])
    assert workflows.project_contract("loans") == before


def test_categories_that_training_did_not_have_are_scored_and_counted(project, tmp_path):
    workflows.prepare("loans", project)
    workflows.train("loans", folds=3, iterations=2)
    workflows.register("loans", "lr")
    workflows.promote("loans")
    batch = loans(300, 2)
    batch.loc[:9, "finalité"] = "barco"
    batch.to_parquet(tmp_path / "batch.parquet")
    scored = workflows.score("loans", str(tmp_path / "batch.parquet"))
    assert (scored.rows_scored, scored.rows_unseen) == (300, 10)
    assert scored.skill > 0
    assert workflows.monitor("loans").assessment.headline
    assert workflows.usual_case("loans").keys() == set(workflows.project_contract("loans").feature_names)
    assert sources.names(settings.load()) == workflows.projects()


def test_a_folder_of_parquet_files_is_prepared_like_one_file(project, tmp_path):
    table = pd.read_csv(project)
    (tmp_path / "parts").mkdir()
    for number in range(3):
        table[number * 500 : (number + 1) * 500].to_parquet(tmp_path / "parts" / f"{number}.parquet")
    made = workflows.prepare("loans", str(tmp_path / "parts"))
    assert made.fingerprint == workflows.prepare("loans", project).fingerprint
