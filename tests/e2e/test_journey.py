"""One analyst, a browser and the real files: from raw data to a retrained model."""

from __future__ import annotations

import os
import re

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from core.store.settings import HOUSE
from tests.e2e.reader import (
    STAGES,
    TRAINING,
    cancel,
    choose,
    drawn,
    enter,
    follow,
    in_theme,
    press,
    settled,
    stage,
    visiting,
)
from tests.e2e.server import Server, serving
from tests.loans import loans
from tests.records import aliases

PATHS = {
    "overview": "",
    "data_preparation": "data_preparation",
    "training": "training",
    "model_registry": "model_registry",
    "production_scoring": "production_scoring",
    "monitoring": "monitoring",
}


def test_a_deep_link_first_after_the_start_shows_the_whole_frame(browser, workspace):
    with serving(workspace) as server, visiting(browser) as page:
        page.goto(f"{server.address}/monitoring")
        expect(page.locator("h1")).to_have_text("No batch is scored yet.")
        for name in STAGES:
            expect(page.frame_locator("iframe").get_by_text(name, exact=True)).to_be_visible()
        press(page, "Go to Score")
        expect(page.locator("h1")).to_have_text("kobe has no champion yet.")


def test_the_whole_life_of_a_classifier_in_a_browser(browser, workspace, tmp_path):
    with serving(workspace) as server:
        with visiting(browser, accept_downloads=True) as page:
            page.goto(server.address)
            prepare(settled(page))
            picture(page, server, "data_preparation")
            train(page)
            picture(page, server, "training")
            register_and_promote(page, server)
            picture(page, server, "model_registry")
            score(page, tmp_path)
            picture(page, server, "production_scoring")
            monitor(page)
            picture(page, server, "monitoring")
            retrain(page, server)
            picture(page, server, "model_registry", "retraining")
            picture(page, server, "overview")
        assert "Traceback" not in server.printed()


def prepare(page: Page) -> None:
    stage(page, "Prepare")
    expect(page.locator("h1")).to_have_text("No data is prepared yet")
    page.get_by_test_id("stBaseButton-primaryFormSubmit").click()
    expect(page.locator("h1")).to_have_text("20,285 rows are ready to train on")
    expect(page.get_by_text("16,228 to train, 4,057 to test")).to_be_visible()


def train(page: Page) -> None:
    press(page, "Go to training")
    expect(page.locator("h1")).to_have_text("No candidates yet")
    press(page, "Train")
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    # The pages stay usable meanwhile, and a reload changes nothing.
    stage(page, "Prepare")
    expect(page.locator("h1")).to_have_text("20,285 rows are ready to train on")
    page.reload()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(page.get_by_text(re.compile(r"of [\d,]+ steps done"))).to_be_visible(timeout=TRAINING)
    stage(page, "Train")
    expect(page.get_by_text("Training is done.")).to_be_visible(timeout=TRAINING)
    expect(page.locator("h1")).to_contain_text("is recommended")


def register_and_promote(page: Page, server: Server) -> None:
    settled(page).get_by_role("combobox", name="Look at").click()
    page.get_by_role("option", name="logistic regression", exact=True).click()
    expect(page.get_by_text("0.6758").first).to_be_visible()
    press(page, "Register this candidate")
    press(page, "Registered as version 1")
    expect(page.locator("h1")).to_have_text("No champion yet")
    press(page, "Promote version 1")
    expect(page.get_by_role("dialog")).to_contain_text("Every batch scored from now on is scored by version 1")
    press(page, "Promote")
    expect(page.locator("h1")).to_have_text("Version 1 is champion")
    assert aliases(server.home) == {"champion": 1}


def score(page: Page, folder) -> None:
    stage(page, "Score")
    expect(page.locator("h1")).to_have_text("Version 1 is ready to score")
    press(page, "Score")
    expect(page.locator("h1")).to_have_text("6,426 of 6,426 rows scored")
    with page.expect_download() as download:
        press(page, "Download predictions")
    assert download.value.suggested_filename == "dataset_kobe_prod_predictions_version_1.parquet"
    download.value.save_as(folder / "predictions.parquet")
    rows = pd.read_parquet(folder / "predictions.parquet")
    assert len(rows) == 6426
    assert rows["probability"].between(0, 1).all()
    (folder / "bad.parquet").write_text("this is not a table")
    settled(page).locator("input[type=file]").set_input_files(folder / "bad.parquet")
    page.get_by_text("Using bad.parquet").wait_for()
    press(page, "Score")
    expect(page.get_by_test_id("stAlert")).to_contain_text("is not a parquet file")
    expect(page.locator("h1")).to_have_text("6,426 of 6,426 rows scored")


def monitor(page: Page) -> None:
    press(page, "See the verdict")
    expect(page.locator("h1")).to_contain_text("The model does not fit this batch")
    expect(page.get_by_text("Changed most: Shot distance")).to_be_visible()


def retrain(page: Page, server: Server) -> None:
    press(page, "Retrain")
    press(page, "Start retraining")
    expect(page.get_by_text("Retraining is done.")).to_be_visible(timeout=TRAINING)
    press(page, "See the comparison")
    expect(page.get_by_text("Version 2 against version 1, on the same rows")).to_be_visible()
    assert aliases(server.home) == {"champion": 1, "challenger": 2}


def picture(page: Page, server: Server, stage: str, name: str = "") -> None:
    """The guide's picture of a page as it is by now, when it is asked for: an ordinary run leaves the tree as it is."""
    if not os.environ.get("COURTSIDE_SCREENSHOTS"):
        return
    page.goto(f"{server.address}/{PATHS[stage]}")
    drawn(page)
    page.screenshot(path=HOUSE / "docs" / "guide" / f"{name or stage}.png")


def test_a_table_of_another_domain_becomes_a_registered_model(browser, workspace, tmp_path):
    table = loans(1500, 1)
    table.to_csv(tmp_path / "loans.csv", index=False, sep=";", decimal=",")
    with serving(workspace) as server, visiting(browser) as page:
        page.goto(f"{server.address}/data_preparation")
        press(page, "New project")
        expect(page.locator("h1")).to_have_text("Which question does your table answer?")
        settled(page).locator("input[type=file]").set_input_files(tmp_path / "loans.csv")
        page.get_by_role("combobox", name="Target").first.wait_for()
        settled(page)
        expect(page.get_by_role("combobox", name="Target")).to_have_value("default?")
        choose(page, "Target", "grade [A-D]")
        expect(page.get_by_text("grade [A-D] holds 4 different values and should hold two.")).to_be_visible()
        choose(page, "Target", "default?")
        choose(page, "Identifies a row", "loan id")
        choose(page, "Orders rows in time", "opened")
        press(page, "Create the project")
        expect(page.get_by_test_id("stAlert")).to_contain_text("should be 1 to 40 small letters")
        enter(page, page.get_by_role("textbox", name="Name of the project"), "loans")
        press(page, "Create the project")
        expect(page.locator("h1")).to_have_text("No data is prepared yet")
        choose(page, "How to split", "By time: train on the past, test on the last rows")
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_text("Preview, not saved")).to_be_visible()
        settled(page).get_by_test_id("stBaseButton-primaryFormSubmit").click()
        kept = int(table["late payments"].notna().sum())
        expect(page.locator("h1")).to_have_text(f"{kept:,} rows are ready to train on")
        press(page, "Go to training")
        press(page, "Train")
        expect(page.get_by_text("Training is done.")).to_be_visible(timeout=TRAINING)
        press(page, "Register this candidate")
        press(page, "Registered as version 1")
        press(page, "Promote version 1")
        expect(page.get_by_role("dialog")).to_contain_text("Every batch scored from now on is scored by version 1")
        press(page, "Promote")
        expect(page.locator("h1")).to_have_text("Version 1 is champion")
        page.goto(f"{server.address}/production_scoring?project=loans&view=single")
        expect(page.locator("h1")).to_contain_text("The probability is")
        assert "Traceback" not in server.printed()


def test_a_training_can_be_cancelled_and_another_started(browser, lifecycle_home):
    with serving(lifecycle_home) as server, visiting(browser) as page:
        page.goto(f"{server.address}/training")
        for __ in range(2):
            press(page, "Train")
            cancel(page, re.compile("Candidates that are done are kept|It has not begun"))
            expect(page.get_by_text("Training was cancelled.").first).to_be_visible()
            press(page, "Close")
            expect(page.get_by_text("Training was cancelled.")).to_have_count(0)


def test_the_language_is_switched_by_one_control_and_stays(browser, finished):
    with visiting(browser) as page:
        page.goto(finished.address)
        settled(page).get_by_test_id("stMainBlockContainer").get_by_role("button", name="EN").click()
        page.get_by_text("Português").click()
        expect(page.locator("h1")).to_contain_text("O modelo não serve para este lote")
        stage(page, "Treinar")
        expect(page.locator("h1")).to_contain_text("Candidato recomendado")
        page.reload()
        expect(page.locator("h1")).to_contain_text("Candidato recomendado")
    with visiting(browser, locale="pt-BR") as page:
        page.goto(finished.address)
        expect(page.locator("h1")).to_contain_text("O modelo não serve para este lote")


@pytest.mark.parametrize("size", [(1400, 900), (390, 844)], ids=["desk", "phone"])
def test_no_page_overflows_sideways(browser, finished, size):
    with visiting(browser, viewport={"width": size[0], "height": size[1]}) as page:
        page.goto(finished.address)
        for scheme in ("light", "dark"):
            in_theme(page, scheme)
            for path in (*PATHS.values(), "production_scoring?view=single"):
                follow(page, f"{finished.address}/{path}")
                settled(page)
                wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
                assert wide <= size[0], path
