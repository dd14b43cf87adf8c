"""The scoring page: each bad batch is one message, several files are one batch, and no batch is scored unawares."""

from __future__ import annotations

import pandas as pd
import pytest

from core import workflows
from core.store import settings, sources, tables
from tests.app import button, heading, opened, words
from tests.bad_tables import BAD
from tests.records import runs
from tests.shots import parquet


@pytest.mark.parametrize("case", BAD)
def test_a_bad_batch_to_score_is_one_message_and_changes_nothing(lifecycle_home, case):
    make, said = BAD[case]
    before = runs()
    test = opened("pages/production_scoring.py")
    test.file_uploader(key="upload-production").set_value(("batch.parquet", make(), "application/octet-stream")).run()
    if not test.error:  # what is no table at all is refused before anything can be done with it
        button(test, "Score").click().run()
    assert len(test.error) == 1
    assert said in test.error[0].value.replace("\\", "")
    assert runs() == before


def test_several_uploads_are_one_batch_in_their_order(lifecycle_home):
    rows = tables.read_table(sources.kobe(settings.load(), "prod"))
    parts = [("b.parquet", parquet(rows.head(30)), "x/y"), ("a.parquet", parquet(rows.iloc[30:50]), "x/y")]
    page = opened("pages/production_scoring.py")
    page.file_uploader(key="upload-production").set_value(parts).run()
    button(page, "Score").click().run()
    assert not page.error
    assert heading(page) == "# 50 of 50 rows scored"
    scored = workflows.latest_scored("kobe")
    assert workflows.scored_rows(scored.run_id)["shot_id"].tolist() == rows["shot_id"].head(50).tolist()


def test_a_batch_that_was_scored_before_is_shown_and_scored_again_only_if_wanted(lifecycle_home):
    before = workflows.latest_scored("kobe").run_id
    page = opened("pages/production_scoring.py")
    button(page, "Score").click().run()
    assert "This very batch was scored by version 1 already" in page.info[0].value
    assert workflows.latest_scored("kobe").run_id == before
    button(page, "Score anyway").click().run()
    assert not page.info
    assert workflows.latest_scored("kobe").run_id != before


def test_a_champion_of_meanwhile_scores_once_it_was_shown_and_none_scores_that_was_not(lifecycle_home):
    page = opened("pages/production_scoring.py")
    assert "Version 1 scores, at threshold 0.5." in words(page)
    workflows.register("kobe", "dt", reason="a test of something else")
    workflows.promote("kobe", 2)
    rows = tables.read_table(sources.kobe(settings.load(), "prod")).head(40)
    page.file_uploader(key="upload-production").set_value([("b.parquet", parquet(rows), "x/y")])
    before = workflows.latest_scored("kobe")
    button(page, "Score").click().run()
    assert workflows.latest_scored("kobe") == before
    assert "Version 2 scores, at threshold 0.5." in words(page)
    assert page.info[-1].value.startswith("Version 2 has become champion meanwhile. Nothing is scored yet")
    button(page, "Score").click().run()
    assert workflows.latest_scored("kobe").version == 2
    assert "version 2" in words(page)


def test_of_rare_positives_average_precision_and_lift_lead_and_no_f1_is_shown(lifecycle_home, tmp_path):
    page = opened("pages/production_scoring.py")
    assert "F1 at 0.5" in words(page)
    assert "Average precision" not in words(page)
    rows = tables.read_table(sources.kobe(settings.load(), "prod")).dropna(subset=["shot_made_flag"])
    made = rows["shot_made_flag"] == 1
    rare = pd.concat([rows[~made].head(1_000), rows[made].head(20)])
    rare.to_parquet(tmp_path / "rare.parquet", index=False)
    scored = workflows.score("kobe", str(tmp_path / "rare.parquet"))
    page = opened("pages/production_scoring.py", batch=scored.run_id)
    assert "F1" not in words(page)
    assert scored.target_rate < 0.05
    shown = next(item for item in page.metric if item.label == "Average precision")
    lift = scored.metrics["average_precision"] / scored.target_rate
    assert shown.delta == f"{lift:.1f} times a random order"
