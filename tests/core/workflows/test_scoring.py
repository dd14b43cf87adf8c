"""Scoring as a stage: any batch, every row once, nothing half-written, labels that come later."""

from __future__ import annotations

import io
import multiprocessing
import os
import resource
import signal
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from core import workflows
from core.store import settings, sources, tables, tracking
from core.text.errors import CourtsideError
from core.workflows import partitions, streaming


def production() -> pd.DataFrame:
    return tables.read_table(sources.kobe(settings.load(), "prod"))


def scoring_runs(finished: bool = False) -> int:
    return len(tracking.runs(settings.load(), "kobe", "PipelineAplicacao", limit=100, finished=finished))


def visible(home: Path) -> list[Path]:
    folder = home / "data" / "scored"
    return [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.exists() else []


def write(frame: pd.DataFrame, path: Path) -> str:
    frame.to_parquet(path, index=False)
    return str(path)


@hypothesis_settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 6425), max_size=3, unique=True), st.sampled_from(["files", "folder", "csv", "file"]))
def test_rows_order_ids_and_probabilities_survive_whatever_a_batch_comes_as(lifecycle_home, tmp_path, cuts, kind):
    batch = production()
    place = tmp_path / f"{kind}-{'-'.join(map(str, sorted(cuts)))}"
    place.mkdir(exist_ok=True)
    parts = [part for part in np.split(batch, sorted(cuts)) if len(part)] if kind != "file" else [batch]
    data = []
    for number, part in enumerate(parts):
        path = place / f"{number}.{'csv' if kind == 'csv' else 'parquet'}"
        part.to_csv(path, index=False) if kind == "csv" else part.to_parquet(path, index=False)
        data.append(str(path))
    scored = workflows.score("kobe", str(place) if kind == "folder" else data)
    rows = workflows.scored_rows(scored.run_id)
    assert rows["shot_id"].tolist() == batch["shot_id"].tolist()
    whole = workflows.scored_rows(tracking.runs(settings.load(), "kobe", "PipelineAplicacao", limit=100)[-1].run_id)
    np.testing.assert_array_equal(rows["probability"], whole["probability"])
    assert (scored.rows, scored.rows_labelled) == (6426, 5412)


def test_the_same_batch_and_version_find_the_earlier_run_and_another_does_not(lifecycle_home, tmp_path):
    first = workflows.latest_scored("kobe")
    assert workflows.earlier("kobe", "kobe-prod").run_id == first.run_id
    assert workflows.earlier("kobe", write(production().head(5), tmp_path / "few.parquet")) is None
    workflows.register("kobe", "dt", reason="a test of something else")
    workflows.promote("kobe", 2)
    assert workflows.earlier("kobe", "kobe-prod") is None
    assert workflows.earlier("kobe", "kobe-prod", version=1).run_id == first.run_id


def test_a_version_that_was_shown_scores_though_another_became_champion(lifecycle_home):
    workflows.register("kobe", "dt", reason="a test of something else")
    workflows.promote("kobe", 2)
    shown = workflows.score("kobe", "kobe-prod", version=1)
    assert shown.version == 1
    assert set(workflows.scored_rows(shown.run_id)["model_version"]) == {1}
    assert workflows.score("kobe", "kobe-prod").version == 2


def test_progress_counts_rows_and_ends_with_all_of_them(lifecycle_home):
    told = []
    workflows.score("kobe", "kobe-prod", progress=lambda done, total, what: told.append((done, total, str(what))))
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert any("6,426 of 6,426 rows" in what for _, _, what in told)


def test_a_batch_that_does_not_fit_leaves_no_run_and_no_file(lifecycle_home, tmp_path):
    before = scoring_runs()
    with pytest.raises(CourtsideError, match="shot_distance"):
        workflows.score("kobe", write(production().rename(columns={"shot_distance": "far"}), tmp_path / "bad.parquet"))
    assert scoring_runs() == before
    assert list((lifecycle_home / "data" / "scored").iterdir()) == []


def test_a_full_disk_is_said_and_loses_nothing(lifecycle_home, tmp_path, monkeypatch):
    data, before = write(production(), tmp_path / "batch.parquet"), scoring_runs()
    old, scored = resource.getrlimit(resource.RLIMIT_FSIZE), partitions.score_path

    def without_room(*arguments, **options):
        # No file may grow beyond 100 kB, which is how a disk without room looks to a program.
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, old[1]))
        try:
            yield from scored(*arguments, **options)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, old)

    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        monkeypatch.setattr(partitions, "score_path", without_room)
        with pytest.raises(CourtsideError, match="The disk is full"):
            workflows.score("kobe", data)
    finally:
        signal.signal(signal.SIGXFSZ, ignored)
    assert scoring_runs() == before
    assert list((lifecycle_home / "data" / "scored").iterdir()) == []
    monkeypatch.setattr(partitions, "score_path", scored)
    assert workflows.score("kobe", data).rows == 6426


def _score(home: str, data: str, slow: bool) -> None:
    os.environ["COURTSIDE_HOME"] = home
    if slow:
        streaming.CHUNK_BYTES = 2**14  # many small chunks: there is time to be killed in
    workflows.score("kobe", data)


def test_a_scoring_that_is_killed_shows_nothing_and_its_leftovers_go(lifecycle_home, tmp_path):
    rows = pd.concat([production()] * 40, ignore_index=True)
    data, before = write(rows, tmp_path / "long.parquet"), scoring_runs()
    child = multiprocessing.get_context("spawn").Process(target=_score, args=(str(lifecycle_home), data, True))
    child.start()
    folder = lifecycle_home / "data" / "scored"
    while not list(folder.glob(".*/.*")):
        assert child.is_alive()
        time.sleep(0.01)
    child.kill()
    child.join()
    assert visible(lifecycle_home) == []
    assert scoring_runs(finished=True) == before
    assert workflows.latest_scored("kobe").batch == "dataset_kobe_prod.parquet"
    assert len(list(folder.iterdir())) == 1
    workflows.close_interrupted()
    assert list(folder.iterdir()) == []


def test_two_batches_at_once_are_both_whole(lifecycle_home, tmp_path):
    context = multiprocessing.get_context("spawn")
    batches = [
        write(production().head(count), tmp_path / f"{count}.parquet") for count in (1000, 2000)
    ]  # fmt: skip
    children = [context.Process(target=_score, args=(str(lifecycle_home), data, True)) for data in batches]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0]
    found = tracking.runs(settings.load(), "kobe", "PipelineAplicacao", limit=2)
    rows = {record.tags["batch"]: workflows.scored_rows(record.run_id) for record in found}
    for count in (1000, 2000):
        assert rows[f"{count}.parquet"]["shot_id"].tolist() == production()["shot_id"].head(count).tolist()


def test_a_large_batch_is_looked_at_by_a_sample_spread_over_it(lifecycle_home):
    run = workflows.latest_scored("kobe").run_id
    rows, some = workflows.scored_rows(run), workflows.scored_rows(run, 1000)
    pd.testing.assert_frame_equal(some, rows.iloc[::7].reset_index(drop=True))
    np.testing.assert_array_equal(workflows.batch_labels(run, 1000), workflows.batch_labels(run)[::7])


def test_a_large_batch_is_measured_by_a_sample_and_all_its_labels_are_counted(lifecycle_home, monkeypatch):
    batch = workflows.latest_scored("kobe")
    contract, version = workflows.project_contract("kobe"), workflows.champion("kobe")
    monkeypatch.setattr(workflows.scoring, "MOST_READ", 1000)
    measured = workflows.scoring.figures(batch.output, contract, version, rows=batch.rows)
    rows = workflows.scored_rows(batch.run_id).dropna(subset=["shot_made_flag"]).iloc[::7]
    assert measured["rows_labelled"] == batch.rows_labelled
    assert measured["log_loss"] == pytest.approx(log_loss(rows["shot_made_flag"], rows["probability"]))
    assert measured["log_loss"] != batch.metrics["log_loss"]


def test_what_goes_through_a_browser_at_once_and_what_is_a_job(lifecycle_home, monkeypatch):
    assert not workflows.is_long("kobe", "kobe-prod")
    assert workflows.is_long("kobe", ["s3://bucket/shots.parquet"])
    monkeypatch.setattr(workflows.preparation, "LARGE", 1000)
    assert workflows.is_long("kobe", "kobe-prod")


def test_a_spreadsheet_is_offered_what_it_can_hold_and_a_browser_what_it_can_take(lifecycle_home, monkeypatch):
    run = workflows.latest_scored("kobe").run_id
    assert workflows.downloadable(run) == ("parquet", "csv")
    monkeypatch.setattr(workflows.downloads, "SPREADSHEET_ROWS", 6000)
    assert workflows.downloadable(run) == ("parquet",)
    monkeypatch.setattr(tables, "size", lambda path: 201 * 2**20)
    assert workflows.downloadable(run) == ()


# Labels that come later


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
    assert (again.rows_labelled, again.metrics["log_loss"], again.metrics["skill"]) == (
        5412,
        at_once.metrics["log_loss"],
        at_once.metrics["skill"],
    )
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


def _first() -> str:
    return tracking.runs(settings.load(), "kobe", "PipelineAplicacao", limit=100)[-1].run_id


# Downloads


def test_a_download_has_every_row_and_no_cell_that_a_spreadsheet_runs(lifecycle_home, tmp_path):
    batch = production().head(20).assign(opponent="=HYPERLINK(1)")
    run = workflows.score("kobe", write(batch, tmp_path / "tricky.parquet")).run_id
    csv = pd.read_csv(io.BytesIO(workflows.download(run, "csv")))
    assert csv["opponent"].unique().tolist() == ["'=HYPERLINK(1)"]
    assert csv["lon"].tolist() == batch["lon"].tolist()
    kept = pd.read_parquet(io.BytesIO(workflows.download(run)))
    assert kept["opponent"].unique().tolist() == ["=HYPERLINK(1)"]
    assert csv["shot_id"].tolist() == kept["shot_id"].tolist() == batch["shot_id"].tolist()


def test_rows_of_several_files_say_which_one_they_came_from(lifecycle_home, tmp_path):
    batch = production().head(9)
    parts = [write(batch.head(4), tmp_path / "b.parquet"), write(batch.tail(5), tmp_path / "a.parquet")]
    scored = workflows.score("kobe", parts)
    assert scored.batch == "b.parquet +1"
    for rows in (
        pd.read_parquet(io.BytesIO(workflows.download(scored.run_id))),
        pd.read_csv(io.BytesIO(workflows.download(scored.run_id, "csv"))),
    ):
        assert rows["shot_id"].tolist() == batch["shot_id"].tolist()
        assert rows["source_file"].tolist() == ["00001-b.parquet"] * 4 + ["00002-a.parquet"] * 5


# A single case


def test_a_case_is_what_the_model_says_and_its_contributions_lead_there(lifecycle_home):
    case = workflows.usual_case("kobe")
    found = workflows.explain("kobe", case)
    assert found.probability == pytest.approx(workflows.predict("kobe", pd.DataFrame([case]))[0])
    parts = found.contributions
    assert parts.base + sum(parts.values.values()) == pytest.approx(found.probability, abs=1e-12)
    assert not found.outside
    assert len(found.nearest) == 10
    assert workflows.explain("kobe", {**case, "shot_distance": 79.0}).beyond == ("shot_distance",)
