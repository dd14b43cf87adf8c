"""A table of another domain through the workflows: its contract, its accounts, its cautions and what mends them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from core import workflows
from core.data.checking import check
from core.data.contract import Feature
from core.data.drafting import Roles, columns, draft
from core.data.split import split
from core.store import projects, settings, tracking
from core.text.errors import CourtsideError
from core.workflows import preparation
from tests.loans import loans

ROLES = Roles("default?", "yes", id="loan id", time="opened")


@pytest.fixture
def table(store, tmp_path) -> str:
    path = tmp_path / "loans.csv"
    loans(1500, 1).to_csv(path, index=False)
    return str(path)


@pytest.fixture
def project(table) -> str:
    workflows.create_project(table, replace(ROLES, group="branch"), name="loans")
    return table


def test_a_new_project_is_there_at_once_and_its_name_is_taken(project):
    assert "loans" in workflows.projects()
    assert workflows.project_contract("loans").target == "default?"
    with pytest.raises(CourtsideError, match="There is a project loans already"):
        workflows.create_project(project, ROLES, name="loans")


def test_a_refused_contract_saves_nothing(table):
    with pytest.raises(CourtsideError):
        workflows.create_project(table, replace(ROLES, positive="maybe"), name="loans")
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
    workflows.create_project(str(tmp_path / "leaky.csv"), ROLES, name="leaky")
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
    workflows.register("loans", "lr", reason="few rows")
    workflows.promote("loans")
    batch = loans(300, 2)
    batch.loc[:9, "finalité"] = "barco"
    batch.to_parquet(tmp_path / "batch.parquet")
    scored = workflows.score("loans", str(tmp_path / "batch.parquet"))
    assert (scored.rows_scored, scored.rows_unseen) == (300, 10)
    assert scored.metrics["skill"] > 0
    assert workflows.monitor("loans").assessment.headline
    assert workflows.usual_case("loans").keys() == set(workflows.project_contract("loans").feature_names)
    assert projects.names(settings.load()) == workflows.projects()


def test_a_folder_of_parquet_files_is_prepared_like_one_file(project, tmp_path):
    table = pd.read_csv(project)
    (tmp_path / "parts").mkdir()
    for number in range(3):
        table[number * 500 : (number + 1) * 500].to_parquet(tmp_path / "parts" / f"{number}.parquet")
    made = workflows.prepare("loans", str(tmp_path / "parts"))
    assert made.fingerprint == workflows.prepare("loans", project).fingerprint


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(str.strip)
COLUMNS = (
    lambda random, rows: random.normal(size=rows),
    lambda random, rows: random.integers(-5, 5, rows),
    lambda random, rows: pd.array(random.integers(0, 9, rows), dtype="Int64"),
    lambda random, rows: random.random(rows) < 0.5,
    lambda random, rows: random.choice(["a", "b", "ção", "日本"], rows).astype(object),
    lambda random, rows: pd.Categorical(random.choice(["x", "y"], rows)),
    lambda random, rows: pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 900, rows), unit="D"),
    lambda random, rows: [Decimal(int(number)) / 4 for number in random.integers(0, 40, rows)],
)


@st.composite
def tables(draw) -> pd.DataFrame:
    rows, random = draw(st.integers(60, 160)), np.random.default_rng(draw(st.integers(0, 2**16)))
    names = draw(st.lists(NAMES, min_size=2, max_size=6, unique=True))
    table = pd.DataFrame({name: pd.Series(draw(st.sampled_from(COLUMNS))(random, rows)) for name in names[1:]})
    table[names[0]] = np.where(random.random(rows) < 0.4, "sim", "não")
    for name in names:
        if draw(st.booleans()):
            table[name] = table[name].astype(object).where(random.random(rows) > 0.1, None).convert_dtypes()
    return table


@budget(derandomize=True, deadline=None, max_examples=80)
@given(table=tables(), share=st.floats(0.2, 0.5), seed=st.integers(0, 1000))
def test_a_split_of_any_table_is_disjoint_complete_repeatable_and_stratified(table, share, seed):
    target = next(name for name in table if set(table[name].dropna().astype(str)) <= {"sim", "não"})
    features = [column.name for column in columns(table) if column.kind and column.name != target]
    contract = draft(table, Roles(target, "sim"), name="any", features=features)
    checked = check(table, contract, labelled=True)
    assert len(table) == len(checked.rows) + len(checked.rejected) + checked.dropped_null
    assert len(checked.rejected) == 0
    assume(checked.rows[target].value_counts().min() >= 10)  # nulls may leave too few rows of a class
    made = split(checked.rows, contract, test_share=share, seed=seed)
    together = pd.concat([made.train, made.test]).astype(str).value_counts()
    pd.testing.assert_series_equal(together.sort_index(), checked.rows.astype(str).value_counts().sort_index())
    assert split(checked.rows.copy(), contract, test_share=share, seed=seed).fingerprint == made.fingerprint
    for part in (made.train, made.test):
        assert abs(part[target].sum() - len(part) * checked.rows[target].mean()) < 1


def test_columns_stored_in_every_way_that_parquet_knows_are_prepared(store, tmp_path):
    rows, random = 400, np.random.default_rng(1)
    numbers = random.integers(0, 50, rows)
    stored = pa.table(
        {
            "decimal": pa.array([Decimal(int(number)) / 4 for number in numbers], pa.decimal128(8, 2)),
            "dictionary": pa.array(random.choice(["a", "b"], rows)).dictionary_encode(),
            "large": pa.array(random.choice(["x", "ç"], rows), pa.large_string()),
            "nullable": pa.array([None if number < 3 else int(number) for number in numbers], pa.int64()),
            "date": pa.array(pd.date_range("2020-01-01", periods=rows).date, pa.date32()),
            "moment": pa.array(pd.date_range("2020-01-01", periods=rows, tz="America/Sao_Paulo")),
            "yes": pa.array(random.random(rows) < 0.5),
            "nested": pa.array([[int(number)] for number in numbers]),
            "won": pa.array(random.random(rows) < 0.4),
        }
    )
    pq.write_table(stored, tmp_path / "stored.parquet")
    contract = workflows.create_project(str(tmp_path / "stored.parquet"), Roles("won", "True"), name="stored")
    assert {feature.name: feature.kind for feature in contract.features} == {
        "decimal": "number",
        "dictionary": "category",
        "large": "category",
        "nullable": "integer",
        "date": "date",
        "moment": "date",
        "yes": "boolean",
    }
    made = workflows.prepare("stored", str(tmp_path / "stored.parquet"))
    assert made.rows_kept == rows - (numbers < 3).sum()
    assert made.rows_rejected == 0


def test_a_large_table_is_drawn_from_a_sample(project, monkeypatch):
    monkeypatch.setattr(preparation, "MOST_DRAWN", 500)
    made = workflows.prepare("loans", project)
    drawn = workflows.drawn_rows(made.run_id)
    assert len(drawn) == 500
    assert len(workflows.first_rows(made.run_id)) == preparation.FIRST
    assert drawn.columns.tolist() == [*made.features, "default?"]
