"""Preparation as a stage: the known rows of the real file, and every row of any other accounted for."""

from __future__ import annotations

import shutil
import sqlite3
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core import workflows
from core.data.drafting import Roles
from core.store import limits, settings, tracking
from core.text.errors import CourtsideError
from core.workflows import preparation
from core.workflows.preparation import split_of
from tests.loans import ROLES
from tests.old_store import READS
from tests.old_store import preparation as preparation_run
from tests.records import runs
from tests.shots import production, write


def test_preparing_the_real_file_gives_the_known_rows_and_records_them(lifecycle_home):
    prepared = workflows.latest_prepared("kobe")
    assert (prepared.rows_raw, prepared.rows_kept, prepared.rows_dropped, prepared.rows_rejected) == (
        24271,
        20285,
        3986,
        0,
    )
    assert (prepared.rows_train, prepared.rows_test) == (16228, 4057)
    place = settings.load()
    filtered = tracking.read_table(place, prepared.run_id, "data_filtered.parquet")
    assert filtered.shape == (20285, 7)
    assert len(tracking.read_table(place, prepared.run_id, "train_set.parquet")) == 16228
    assert len(tracking.read_table(place, prepared.run_id, "test_set.parquet")) == 4057
    assert prepared.target_rate_train == pytest.approx(filtered["shot_made_flag"].mean(), abs=1e-4)
    inputs = tracking.client(place).get_run(prepared.run_id).inputs.dataset_inputs
    assert {item.dataset.name for item in inputs} == {"kobe-train", "kobe-test"}
    assert all(item.dataset.digest == prepared.fingerprint for item in inputs)


def test_preparing_twice_gives_the_same_bytes_and_another_seed_gives_others(store):
    first, again = workflows.prepare("kobe", "kobe-dev"), workflows.prepare("kobe", "kobe-dev")
    other = workflows.prepare("kobe", "kobe-dev", seed=11)
    assert first.fingerprint == again.fingerprint != other.fingerprint
    place = settings.load()
    for name in ("train_set.parquet", "test_set.parquet"):
        content = [tracking.artifact(place, run.run_id, name).read_bytes() for run in (first, again, other)]
        assert content[0] == content[1] != content[2]


def test_chosen_features_alone_are_kept(store):
    prepared = workflows.prepare("kobe", "kobe-dev", features=("lat", "shot_distance"))
    split, contract = split_of(prepared.run_id)
    assert list(split.train.columns) == ["lat", "shot_distance", "shot_made_flag"]
    assert contract.feature_names == ["lat", "shot_distance"]
    with pytest.raises(CourtsideError, match="no feature height"):
        workflows.prepare("kobe", "kobe-dev", features=("height",))


def test_a_table_that_does_not_fit_leaves_no_run(store, tmp_path):
    for spoilt in (
        production().rename(columns={"lat": "latitude"}),
        production().assign(shot_made_flag=np.nan),
        production().assign(shot_made_flag=1.0),
        production().head(0),
        production().assign(period="first"),
    ):
        with pytest.raises(CourtsideError):
            workflows.prepare("kobe", write(spoilt, tmp_path / "batch.parquet"))
    assert runs() == []


def test_every_row_is_accounted_for_on_the_page_and_in_the_run(loan_project, tmp_path):
    spoilt = pd.read_csv(loan_project)
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


def test_checking_a_table_says_the_same_and_writes_nothing(loan_project):
    checked = workflows.check_table("loans", loan_project)
    assert checked.rows == checked.kept + checked.dropped_null + checked.rejected == 1500
    assert tracking.runs(settings.load(), "loans", limit=10) == []


def test_a_preview_is_what_is_then_prepared(loan_project):
    for strategy in ("stratified", "group", "time", "together"):
        seen = workflows.preview("loans", loan_project, strategy=strategy)
        made = workflows.prepare("loans", loan_project, strategy=strategy)
        assert seen.rows == {"train": made.rows_train, "test": made.rows_test}
        assert seen.target_rates["test"] == pytest.approx(made.target_rate_test)
        assert {name: list(span) for name, span in seen.spans.items()} == made.spans
        assert made.strategy == strategy


def test_the_same_file_and_settings_give_the_same_bytes_and_another_byte_another_fingerprint(loan_project, tmp_path):
    one, two = (workflows.prepare("loans", loan_project) for _ in range(2))
    assert one.fingerprint == two.fingerprint
    for name in ("data_filtered", "train_set", "test_set"):
        first, second = (
            tracking.artifact(settings.load(), run.run_id, f"{name}.parquet").read_bytes() for run in (one, two)
        )
        assert first == second
    changed = pd.read_csv(loan_project)
    changed.loc[3, "income"] += 0.01
    changed.to_csv(tmp_path / "changed.csv", index=False)
    assert workflows.prepare("loans", str(tmp_path / "changed.csv")).fingerprint != one.fingerprint


def test_a_caution_goes_away_by_its_mend(loan_project, tmp_path):
    leaky = pd.read_csv(loan_project)
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
    assert mended.rows_kept == 1500 - pd.read_csv(loan_project)["late payments"].isna().sum()


def test_a_folder_of_parquet_files_is_prepared_like_one_file(loan_project, tmp_path):
    table = pd.read_csv(loan_project)
    (tmp_path / "parts").mkdir()
    for number in range(3):
        table[number * 500 : (number + 1) * 500].to_parquet(tmp_path / "parts" / f"{number}.parquet")
    made = workflows.prepare("loans", str(tmp_path / "parts"))
    assert made.fingerprint == workflows.prepare("loans", loan_project).fingerprint


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


def test_a_large_table_is_drawn_from_a_sample(loan_project, monkeypatch):
    monkeypatch.setattr(preparation, "MOST_DRAWN", 500)
    made = workflows.prepare("loans", loan_project)
    drawn = workflows.drawn_rows(made.run_id)
    assert len(drawn) == 500
    assert len(workflows.first_rows(made.run_id)) == preparation.FIRST
    assert drawn.columns.tolist() == [*made.features, "default?"]


def test_a_source_that_is_gone_or_has_changed_is_refused(lifecycle_home, tmp_path):
    mine = tmp_path / "mine.parquet"
    shutil.copy(settings.load().kobe_dir / "dataset_kobe_dev.parquet", mine)
    run = workflows.prepare("kobe", str(mine)).run_id
    path, checked = preparation.source_of(run)
    assert (path, len(checked.rows)) == (mine, 20_285)
    pd.read_parquet(mine).head(1_000).to_parquet(mine)
    with pytest.raises(CourtsideError, match=r"mine\.parquet is gone, or it is no longer what was prepared"):
        preparation.source_of(run)
    mine.unlink()
    with pytest.raises(CourtsideError, match="is gone"):
        preparation.source_of(run)


def test_a_table_of_very_many_columns_is_prepared_and_every_feature_is_read_back(store, tmp_path):
    random = np.random.default_rng(3)
    names = [f"a measurement, number {number}" for number in range(400)]
    table = pd.DataFrame(random.normal(size=(120, len(names))), columns=names)
    table["ill"] = np.where(table[names[0]] > 0, "yes", "no")
    table.to_parquet(tmp_path / "wide.parquet")
    workflows.create_project(str(tmp_path / "wide.parquet"), Roles("ill", "yes"), name="wide")
    prepared = workflows.prepare("wide", str(tmp_path / "wide.parquet"))
    assert prepared.features == tuple(names)
    assert workflows.status("wide").prepared == prepared
    assert workflows.history("wide")[0].run_id == prepared.run_id
    raw = tracking.client(settings.load()).get_run(prepared.run_id).data.params["features"]
    assert len(raw) == limits.PARAMETER
    assert raw.endswith(limits.MARK)


def test_a_list_of_features_that_mlflow_had_cut_is_read_from_the_contract(old_home):
    before = workflows.prepared(preparation_run())
    with sqlite3.connect(old_home / "models" / "mlflow.db") as kept:
        kept.execute("UPDATE params SET value = substr(value, 1, 40) WHERE key = 'features'")
    kept.close()
    assert (
        tracking.get(settings.load(), before.run_id).parameters["features"]
        == '["birth date", "grade [A-D]", "finalit\\u'[:40]
    )
    assert workflows.prepared(before.run_id) == before
    for name in ("status", "latest_prepared", "split_of", "card", "retraining_plan", "lineage"):
        READS[name]()
