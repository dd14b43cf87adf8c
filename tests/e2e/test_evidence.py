"""Every fact of a verdict leads to its chart: the view opens, and the chart comes into sight by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.reader import settled, visiting

CHARTS = {
    "Changed most": "What changed, by drift × importance",
    "What the model predicts changed": "Before and now",
    "of the rows are unlike": "Can the two be told apart?",
    "Skill fell": "Skill by season, with 95 % band",
    "AUC fell": "AUC by season, with 95 % band",
}


@pytest.mark.parametrize("width", [1400, 390])
def test_a_fact_opens_its_view_and_brings_its_chart_into_sight(browser, finished, width):
    height = {1400: 900, 390: 844}[width]
    with visiting(browser, viewport={"width": width, "height": height}) as page:
        page.goto(f"{finished.address}/monitoring?show=replay")
        for said, title in CHARTS.items():
            fact = settled(page).get_by_test_id("stHorizontalBlock").filter(has_text=said).last
            fact.get_by_role("button").click()
            seen(page, title)


def seen(page: Page, title: str) -> None:
    heading = page.get_by_role("heading", name=title).first
    expect(heading).to_be_in_viewport()
    chart = page.locator("[data-testid=stVerticalBlock]").filter(has=heading).last.locator(".js-plotly-plot").first
    expect(chart).to_be_in_viewport(ratio=0.9)
