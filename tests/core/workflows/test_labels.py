"""Labels that come later: joined once, contradictions listed, figures anew."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from sklearn.metrics import log_loss

from core import workflows
from core.store import settings, tracking
from core.text.errors import CourtsideError
from tests.shots import production, write


@pytest.fixture
def unlabelled(lifecycle_home, tmp_path) -> workflows.Scored:
    batch = production().drop(columns="shot_made_flag")
    return workflows.score("kobe", write(batch, tmp_path / "unlabelled.parquet"))


def test_labels_that_come_later_give_the_batch_its_figures_and_its_verdict(unlabelled, tmp_path):
    assert (unlabelled.rows_labelled, unlabelled.metrics.get("log_loss")) == (0, None)
    labels = production().loc[:, ["shot_id", "shot_made_flag"]].sample(frac=1, random_state=3)
    joined = workflows.add_labels("kobe", write(labels, tmp_path / "labels.parquet"), scoring_run=unlabelled.run_id)
    assert joined.added == 5412
    assert set(joined.unused["problem"]) == {"no outcome"}
    again, at_once = workflows.scored(unlabelled.run_id), workflows.scored(_first())
    assert (again.rows_labelled, again.metrics) == (5412, at_once.metrics)
    rows = workflows.scored_rows(unlabelled.run_id)
    known = rows["shot_made_flag"].notna()
    assert again.metrics["log_loss"] == pytest.approx(
        log_loss(rows["shot_made_flag"][known].astype(int), rows["probability"][known])
    )
    performance = workflows.monitor("kobe", unlabelled.run_id).assessment.performance
    assert performance.current["log_loss"] == pytest.approx(again.metrics["log_loss"])


def test_a_second_file_adds_to_the_first_and_what_contradicts_it_is_listed(unlabelled, tmp_path):
    labels = production().dropna(subset="shot_made_flag")[["shot_id", "shot_made_flag"]]
    first, second = labels.head(100), labels.iloc[50:200].assign(shot_id=lambda rows: rows["shot_id"])
    second.loc[second.index[0], "shot_made_flag"] = 1 - second.loc[second.index[0], "shot_made_flag"]
    stranger = pd.DataFrame({"shot_id": [999_999], "shot_made_flag": [1.0]})
    workflows.add_labels("kobe", write(first, tmp_path / "1.parquet"), scoring_run=unlabelled.run_id)
    joined = workflows.add_labels(
        "kobe", write(pd.concat([second, stranger]), tmp_path / "2.parquet"), scoring_run=unlabelled.run_id
    )
    assert (joined.added, joined.confirmed) == (100, 49)
    assert joined.unused["problem"].tolist() == ["known otherwise", "not in the batch"]
    assert joined.unused["shot_id"].tolist() == [second["shot_id"].iloc[0], 999_999]
    assert workflows.scored(unlabelled.run_id).rows_labelled == 200


def test_labels_of_another_batch_change_nothing(unlabelled, tmp_path):
    strangers = pd.DataFrame({"shot_id": [10**6, 10**6 + 1], "shot_made_flag": [1.0, 0.0]})
    with pytest.raises(CourtsideError, match="None of the 2 labels can be used"):
        workflows.add_labels("kobe", write(strangers, tmp_path / "x.parquet"), scoring_run=unlabelled.run_id)
    assert workflows.labelled(unlabelled.run_id) is None
    assert workflows.scored(unlabelled.run_id).rows_labelled == 0


def test_of_two_files_that_are_joined_at_the_same_moment_both_are_kept(unlabelled, tmp_path):
    labels = production().dropna(subset="shot_made_flag")[["shot_id", "shot_made_flag"]]
    halves = [write(labels.iloc[start::2], tmp_path / f"{start}.parquet") for start in (0, 1)]
    with ThreadPoolExecutor(2) as people:
        told = list(
            people.map(lambda half: workflows.add_labels("kobe", half, scoring_run=unlabelled.run_id).added, halves)
        )
    assert sum(told) == len(labels) == workflows.scored(unlabelled.run_id).rows_labelled


def _first() -> str:
    return tracking.runs(settings.load(), "kobe", "PipelineAplicacao", limit=100)[-1].run_id
