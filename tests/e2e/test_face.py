"""What every page owes its reader in either language, theme and size, and to a reader without a mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from core import __version__
from core.charts import style
from tests.e2e.reader import drawn, grave, in_theme, rgb, settled, visiting
from tests.e2e.server import serving

VIEWS = {
    "": (),
    "data_preparation": ("court=zones", "show=columns", "show=share", "show=contract", "view=new"),
    "training": ("show=ranking", "show=threshold", "show=features", "show=stability", "show=court"),
    "model_registry": ("metric=log_loss", "compare=reliability", "compare=slices"),
    "production_scoring": ("view=single", "view=single&why=changed", "view=single&why=nearest"),
    "monitoring": (
        "show=performance",
        "show=slices",
        "show=importance",
        "show=labels",
        "show=policy",
        "show=replay",
    ),
}
"""Every page with its further views, as the link says them."""
DESKTOP, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
LENT = "[...document.fonts].some(font => font.family.includes('Source Sans') && font.status === 'loaded')"
"""Whether a frame has the page's font."""
WHOLE_LIFE = 240_000
"""Milliseconds that the whole lifecycle may take on a busy machine; `benchmarks.demo` holds it to a minute."""
TABS = 60
"""Presses of the Tab key after which a control counts as out of reach."""


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["1400", "390"])
@pytest.mark.parametrize(("locale", "turn"), [("en-US", 0), ("pt-BR", 1)])
def test_every_view_fits_its_screen_and_no_reader_is_shut_out(browser, deciding, locale, turn, size):
    with visiting(browser, locale=locale, viewport=size) as page:
        theme, other = "light", "dark"
        for place, view in enumerate(every_view()):
            in_theme(page, theme)
            page.goto(f"{deciding.address}/{view}")
            drawn(page)
            assert page.evaluate("document.documentElement.scrollWidth") == size["width"], view
            assert page.get_by_test_id("stMain").evaluate("node => node.scrollWidth") <= size["width"], view
            assert grave(page) == [], view
            assert page.locator("[data-testid=stPlotlyChart]:not([aria-label])").count() == 0, view
            # The other theme is the same page in other colours, and a click away: only colours are looked at again, of
            # half the views in either language, of all in both.
            if place % 2 == turn:
                theme, other = other, theme
                in_theme(page, theme)
                assert grave(page, "color-contrast") == [], view


def test_a_change_between_light_and_dark_redraws_the_charts_and_leaves_the_bar_its_font(browser, finished):
    with visiting(browser, color_scheme="light") as page:
        page.goto(f"{finished.address}/training")
        drawn(page)
        for scheme in ("light", "dark", "light"):
            page.emulate_media(color_scheme=scheme)
            color = style.PALETTES[scheme].current.color
            expect(page.locator("path.js-line").first).to_have_css("stroke", rgb(color))
            settled(page)
        bar = next(frame for frame in page.frames if "option_menu" in frame.url)
        bar.wait_for_function(LENT)


def test_the_first_visit_runs_the_whole_lifecycle_in_sight_and_ends_on_a_finished_overview(browser, workspace):
    with serving(workspace) as server, visiting(browser, locale="pt-BR") as page:
        page.goto(server.address)
        expect(page.locator("h1")).to_have_text("Leve um classificador por todo o ciclo de vida")
        settled(page).get_by_role("button", name="Experimente: Arremessos do Kobe").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        expect(page.locator("h1")).to_have_text("Ciclo de vida completo em andamento")
        running = page.locator(".stMarkdownBadge").filter(has_text="Em execução")
        expect(running.first).to_be_visible()
        # Work in progress is seen from every page.
        page.frame_locator("iframe").get_by_text("Preparar", exact=True).click()
        expect(page.get_by_role("button", name="Cancelar")).to_be_visible()
        expect(page.get_by_text("Ciclo de vida completo: concluído.")).to_be_visible(timeout=WHOLE_LIFE)
        page.goto(server.address)
        expect(page.locator("h1")).to_have_text("A versão 2 espera a sua decisão")
        drawn(page)
        expect(page.locator(".stMarkdownBadge").filter(has_text="Concluído")).to_have_count(3)
        for card in ("Campeão", "Último lote", "Atividade recente"):
            # What a title means follows it in the name that a screen reader hears.
            expect(page.get_by_role("heading", name=re.compile(f"^{card}"))).to_be_visible()
        assert "Traceback" not in server.printed()


@pytest.mark.parametrize("locale", ["en-US", "pt-BR"])
def test_the_overview_is_seen_without_scrolling_an_alert_and_its_delivery_included(browser, finished, locale):
    with visiting(browser, locale=locale, viewport=DESKTOP) as page:
        page.goto(finished.address)
        drawn(page)
        expect(page.get_by_text("Webhook: ").first).to_be_visible()
        assert page.get_by_test_id("stMain").evaluate("node => node.scrollHeight") <= DESKTOP["height"]


def test_the_menu_says_which_release_it_is(browser, finished):
    with visiting(browser) as page:
        page.goto(finished.address)
        settled(page).get_by_test_id("stMainMenu").click()
        page.get_by_text("About", exact=True).click()
        expect(page.get_by_role("dialog")).to_contain_text(f"Courtside {__version__}")


@pytest.mark.parametrize(
    ("where", "first", "second"),
    [("data_preparation", "Split", "Columns"), ("monitoring", "What changed", "Before labels")],
)
def test_back_and_forward_go_through_the_views_of_a_page(browser, finished, where, first, second):
    with visiting(browser) as page:
        page.goto(f"{finished.address}/{where}")
        drawn(page)

        def shown(name: str) -> None:
            settled(page)
            expect(page.get_by_role("radio", name=name, exact=True)).to_be_checked()

        shown(first)
        page.get_by_role("radio", name=second, exact=True).click()
        page.wait_for_url("**show=*")
        shown(second)
        page.go_back()
        page.wait_for_url(lambda address: "show=" not in address)
        shown(first)
        page.go_forward()
        page.wait_for_url("**show=*")
        shown(second)


def test_a_fact_of_the_verdict_leads_to_its_chart_and_back_leads_away_again(browser, finished):
    with visiting(browser, locale="pt-BR") as page:
        page.goto(f"{finished.address}/monitoring?show=slices")
        drawn(page)
        link = page.locator("[class*=st-key-fact-]").last.get_by_role("button")
        link.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**metric=roc_auc*")
        expect(page.get_by_role("heading", name="AUC por temporada")).to_be_visible()
        expect(page.get_by_role("radio", name="AUC", exact=True)).to_be_checked()
        page.get_by_role("radio", name="Mês", exact=True).click()
        page.wait_for_url("**by=month*")
        expect(page.get_by_role("heading", name="AUC por mês")).to_be_visible()
        page.go_back()
        expect(page.get_by_role("heading", name="AUC por temporada")).to_be_visible()
        page.go_back()
        page.wait_for_url("**show=slices*")
        settled(page)
        expect(page.get_by_role("radio", name="Piores fatias", exact=True)).to_be_checked()


def test_the_keyboard_alone_goes_from_the_first_visit_to_a_scored_batch(browser, workspace):
    with serving(workspace) as server, visiting(browser) as page:
        page.goto(server.address)
        reach(page, "Prepare", bar=True)
        expect(page.locator("h1")).to_have_text("No data is prepared yet")
        reach(page, "Prepare")
        expect(page.locator("h1")).to_contain_text("rows are ready to train on")
        reach(page, "Go to training")
        expect(page.locator("h1")).to_have_text("No candidates yet")
        settled(page).keyboard.press("t")
        expect(page.get_by_text("Training is done.")).to_be_visible(timeout=180_000)
        reach(page, "Register this candidate")
        reach(page, "Registered as version 1")
        reach(page, "Promote version 1")
        expect(page.get_by_role("dialog")).to_be_visible()
        reach(page, "Promote")
        expect(page.locator("h1")).to_have_text("Version 1 is champion")
        reach(page, "Score", bar=True)
        expect(page.locator("h1")).not_to_have_text("Version 1 is champion")
        reach(page, "Score")
        expect(page.locator("h1")).to_contain_text("6,426")


def every_view() -> list[str]:
    return [view for page, more in VIEWS.items() for view in (page, *(f"{page}?{choice}" for choice in more))]


def reach(page: Page, name: str, *, bar: bool = False) -> None:
    """Presses Tab until the control called `name` (of the lifecycle bar, or of the page) has the focus, then Enter."""
    owner = page.frame_locator("iframe") if bar else page
    owner.get_by_text(name, exact=True).last.wait_for()
    settled(page)
    for _ in range(TABS):
        page.keyboard.press("Tab")
        if any(focused(frame) == name for frame in page.frames if (frame != page.main_frame) == bar):
            return page.keyboard.press("Enter")
    raise AssertionError(f"{name} can't be reached with the Tab key")


def focused(frame) -> str:
    """The words of the control that has the focus, without its icon's."""
    return frame.evaluate(
        """() => {
            const node = document.activeElement?.cloneNode(true);
            if (!node || !["A", "BUTTON"].includes(node.tagName)) return "";
            const shown = node.querySelector("[data-testid=stMarkdownContainer]") || node;
            return shown.innerText.trim();
        }"""
    )
