"""The scoring page as a script: several files, a batch that was scored before, any project's single case."""

from __future__ import annotations

import pytest

from core import workflows
from core.data.drafting import Roles
from core.store import settings, sources, tables
from core.text.language import number
from tests.loans import loans
from tests.pages.test_pages import button, closed_queue, heading, opened, parquet, words

__all__ = ["closed_queue"]


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


def test_a_link_reproduces_a_shot_and_nonsense_in_it_is_left_aside(lifecycle_home):
    link = {"view": "single", "x": "-98", "y": "117"}
    page = opened("pages/production_scoring.py", **link, **{"case-period": "5", "case-playoffs": "1.0"})
    case = {**workflows.usual_case("kobe"), "lat": 33.9273, "lon": -118.3678, "shot_distance": 15.0, "period": 5.0}
    found = workflows.explain("kobe", {**case, "playoffs": 1.0})
    assert f"This shot: {number(found.probability, '.1%', 'en')}" in words(page)
    odd = opened("pages/production_scoring.py", **link, **{"case-period": "99", "case-playoffs": "maybe"})
    assert not odd.error
    assert odd.query_params["case-period"] != ["99"]


@pytest.mark.parametrize("feet", [79])
def test_a_shot_from_beyond_half_court_can_be_asked_for(lifecycle_home, feet):
    page = opened("pages/production_scoring.py", view="single", x="0", y=str(10 * feet))
    assert f"The shot is taken {feet} ft away, beyond half-court" in words(page)
    assert heading(page) == "# No trustworthy answer for this shot"


def test_a_single_case_of_any_project_has_its_form_and_its_reasons(store, tmp_path):
    path = tmp_path / "loans.csv"
    loans(600, 1).to_csv(path, index=False)
    workflows.create_project(str(path), Roles("default?", "yes", id="loan id"), name="loans")
    workflows.prepare("loans", str(path))
    workflows.train("loans", candidates=("lr",), iterations=1)
    workflows.promote("loans", workflows.register("loans", "lr", reason="few rows").version)
    page = opened("pages/production_scoring.py", project="loans", view="single")
    assert not page.error
    assert "The probability is" in heading(page)
    for feature in workflows.project_contract("loans").features:
        assert f"case-{feature.name}" in page.query_params
    usual = workflows.usual_case("loans")
    found = workflows.explain("loans", usual)
    assert found.contributions.base + sum(found.contributions.values.values()) == pytest.approx(found.probability)
    assert not found.beyond
