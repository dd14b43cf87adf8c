"""Score in a browser: a batch up and down again, and a shot that a link carries to another reader."""

from __future__ import annotations

import re

import pandas as pd
from playwright.sync_api import Page, expect

from core.store import settings, sources, tables
from tests.e2e.reader import press, settled, visiting
from tests.e2e.server import serving
from tests.shots import batch


def saved(page: Page, button: str, folder) -> pd.DataFrame:
    with page.expect_download() as download:
        press(page, button)
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return pd.read_csv(path, float_precision="round_trip") if path.suffix == ".csv" else pd.read_parquet(path)


def test_a_batch_is_uploaded_scored_taken_away_and_labelled(browser, lifecycle_home, tmp_path):
    data = batch(tmp_path, 300, opponent="=1+1", shot_made_flag=None)
    with serving(lifecycle_home) as server, visiting(browser, accept_downloads=True) as page:
        page.goto(f"{server.address}/production_scoring")
        settled(page).locator("input[type=file]").first.set_input_files(data)
        page.get_by_text("Using batch300.csv").wait_for()
        press(page, "Score")
        expect(page.locator("h1")).to_have_text("300 of 300 rows scored")
        sent = pd.read_csv(data)
        for button in ("Download predictions", "Download as CSV"):
            rows = saved(page, button, tmp_path)
            assert rows["shot_id"].tolist() == sent["shot_id"].tolist()
            assert rows["probability"].between(0, 1).all()
            assert set(rows["opponent"]) == {"'=1+1" if "CSV" in button else "=1+1"}
        look_for_a_row(page, str(sent["shot_id"][7]), tmp_path)
        press(page, "Score")
        expect(page.get_by_text("This very batch was scored by version 1 already")).to_be_visible()
        expect(page.get_by_role("button", name="Score anyway")).to_be_visible()
        page.get_by_text("Labels that came later").click()
        page.get_by_role("button", name="Join the labels").wait_for()
        labels = tables.read_table(sources.kobe(settings.load(), "prod"))[["shot_id", "shot_made_flag"]].head(301)
        labels.to_parquet(tmp_path / "labels.parquet", index=False)
        settled(page).locator("input[type=file]").last.set_input_files(tmp_path / "labels.parquet")
        page.get_by_text("Using labels.parquet").wait_for()
        press(page, "Join the labels")
        added = int(labels["shot_made_flag"].head(300).notna().sum())
        expect(page.get_by_text(f"The last file added {added} labels")).to_be_visible()
        assert "Traceback" not in server.printed()


def look_for_a_row(page: Page, word: str, folder) -> None:
    """The table of rows keeps those that hold the word, and gives them away in a file that runs nothing."""
    settled(page).get_by_text("Rows as they came").click()
    field = page.get_by_role("textbox", name="Show only rows with")
    field.fill(word)
    field.press("Enter")
    expect(page.get_by_text(re.compile(r"^\d+ of 300 rows$"))).to_be_visible()
    found = saved(page, "These rows as CSV", folder)
    assert 0 < len(found) < 300
    assert found.astype(str).agg(" ".join, axis=1).str.contains(word).all()
    assert set(found["opponent"]) == {"'=1+1"}
    # Streamlit's own button would save raw cells.
    page.get_by_test_id("stDataFrame").hover()
    expect(page.get_by_test_id("stElementToolbar").get_by_role("button", name="Search")).to_be_visible()
    expect(page.get_by_test_id("stElementToolbar").get_by_role("button", name="Download")).to_have_count(0)
    settled(page).get_by_text("Rows as they came").click()


def test_a_click_on_the_court_moves_the_shot_and_its_link_opens_it_elsewhere(browser, finished):
    with visiting(browser) as page:
        page.goto(f"{finished.address}/production_scoring?view=single&x=0&y=60")
        expect(page.locator("h1")).to_contain_text("A shot from 6 ft goes in")
        page.locator(".js-plotly-plot .scatterlayer").first.wait_for()
        settled(page).get_by_role("radio", name="OT", exact=True).click()
        page.wait_for_url("**case-period=5*")
        court = settled(page).locator(".js-plotly-plot .nsewdrag").first
        box = court.bounding_box()
        court.click(position={"x": box["width"] * 0.5, "y": box["height"] * 0.65})
        page.wait_for_url(lambda address: "y=60" not in address)
        expect(page.locator("h1")).not_to_contain_text("from 6 ft")
        said, link = settled(page).locator("h1").inner_text(), page.url
    with visiting(browser) as other:
        other.goto(link)
        expect(other.locator("h1")).to_have_text(said)
        expect(settled(other).get_by_role("radio", name="OT", exact=True)).to_be_checked()
