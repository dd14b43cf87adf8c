"""A card and a report are read without the app: in any browser, without a network, whatever the data is called."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from core import workflows
from core.documents.html import html
from core.text.language import LANGUAGES
from tests.e2e.reader import grave, press, settled, visiting
from tests.nasty import NASTY, written

OUTSIDE = "**/*"


def opened(page: Page, path) -> list[str]:
    """Opens a file with the network cut off, waits for its charts; returns what it asked for besides itself."""
    asked = []

    def answer(route) -> None:
        if route.request.url == path.as_uri():
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    page.route(OUTSIDE, answer)
    page.goto(path.as_uri())
    expect(page.locator("html.charted")).to_have_count(1)
    return asked


def test_card_and_report_open_from_a_file_without_a_network_in_both_themes_and_languages(
    browser, lifecycle_home, tmp_path
):
    report = workflows.report(workflows.latest_monitored("kobe").run_id)
    documents = {"card": workflows.card("kobe", 1), "report": report}
    for language in LANGUAGES:
        for name, document in documents.items():
            path = tmp_path / f"{name}_{language}.html"
            path.write_text(html(document, language), encoding="utf-8")
            for scheme, width in (("light", 1400), ("dark", 390)):
                size = {"width": width, "height": 900}
                with visiting(browser, color_scheme=scheme, viewport=size) as page:
                    assert opened(page, path) == []
                    charts = page.locator(".chart")
                    expect(charts.locator("svg.main-svg").first).to_be_visible()
                    assert charts.count() == page.locator(".chart:has(svg.main-svg)").count() > 0
                    assert page.locator("html").get_attribute("lang") == language.replace("_", "-")
                    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
                    assert grave(page) == []


def test_the_charts_of_a_file_follow_the_theme_and_are_light_in_print(browser, lifecycle_home, tmp_path):
    path = tmp_path / "card.html"
    path.write_text(html(workflows.card("kobe", 1), "en"), encoding="utf-8")
    with visiting(browser, color_scheme="light") as page:
        opened(page, path)
        line = page.locator(".chart .scatterlayer path.js-line").first
        light = line.evaluate("(line) => getComputedStyle(line).stroke")
        page.emulate_media(color_scheme="dark")
        expect(line).not_to_have_css("stroke", light)
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        expect(line).to_have_css("stroke", light)


def test_without_scripts_the_figures_and_a_sentence_per_chart_are_there(browser, tmp_path):
    path = tmp_path / "plain.html"
    path.write_text(html(written(("a", "b")), "en"), encoding="utf-8")
    with visiting(browser, java_script_enabled=False) as page:
        page.goto(path.as_uri())
        expect(page.locator("#without")).to_be_visible()
        expect(page.locator("figcaption")).to_have_text("b drifted most.")
        expect(page.locator("table")).to_be_visible()


def test_no_name_runs_or_fetches_anything(browser, tmp_path):
    path = tmp_path / "nasty.html"
    path.write_text(html(written(NASTY), "en"), encoding="utf-8")
    with visiting(browser) as page:
        assert opened(page, path) == []
        assert page.evaluate("window.hit") is None
        assert page.locator("main img, main script, main a").count() == 0
        expect(page.get_by_role("listitem").first).to_have_text(NASTY[0])


def test_a_card_and_a_report_are_taken_from_the_pages_and_a_figure_is_traced(browser, finished, tmp_path, monkeypatch):
    monkeypatch.setenv("COURTSIDE_HOME", str(finished.home))
    with visiting(browser) as page:
        page.goto(f"{finished.address}/model_registry")
        settled(page).get_by_text("Model card of version 1").click()
        expect(page.get_by_text("What it was trained on", exact=True)).to_be_visible()
        card = taken(page, "Download as a page", tmp_path / "card.html")
        assert "Model card: Kobe shots, version 1" in card.read_text()
        assert taken(page, "Download as Markdown", tmp_path / "card.md").read_text().startswith("# Model card: Kobe")
        page.goto(f"{finished.address}/monitoring?lang=pt_BR")
        settled(page)
        report = taken(page, "Baixar relatório", tmp_path / "report.html")
        assert "Relatório de monitoramento: dataset_kobe_prod.parquet" in report.read_text()
        page.get_by_text("De onde vêm estes números").click()
        expect(page.get_by_test_id("stMermaidChart").get_by_role("img")).to_be_visible()
        found = json.loads(taken(page, "Linhagem em JSON", tmp_path / "lineage.json").read_text())
        assert found["about"] == workflows.latest_monitored("kobe").run_id
        press(page, "Lote dataset_kobe_prod.parquet, 6.426 linhas")
        expect(page.locator("h1")).to_contain_text("6.426")
        settled(page).get_by_text("De onde vêm estes números").click()
        press(page, "regressão logística")
        page.wait_for_url("**/training?*candidate=lr*")
        settled(page)


def taken(page: Page, name: str, path):
    with page.expect_download() as download:
        press(page, name)
    download.value.save_as(path)
    return path
