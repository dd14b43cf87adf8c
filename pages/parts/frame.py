"""What every page begins with: its set-up, the lifecycle bar, open work, and the one error boundary."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit_option_menu import option_menu

from core import __version__, workflows
from core.charts.style import shorten
from core.text import language as languages
from core.text.errors import CourtsideError, NothingYet
from core.text.shipped_titles import SHIPPED
from pages.parts import state, theme, work
from pages.parts.state import _, literal, say
from pages.parts.why import ASSETS, popover

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator
    from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

PAGES: dict[str, tuple[str, str, Callable[[], str]]] = {
    "overview": ("Home.py", "house", lambda: _("Overview")),
    "data_preparation": ("pages/data_preparation.py", "table", lambda: _("Prepare")),
    "training": ("pages/training.py", "sliders", lambda: _("Train")),
    "model_registry": ("pages/model_registry.py", "award", lambda: _("Register")),
    "production_scoring": ("pages/production_scoring.py", "bullseye", lambda: _("Score")),
    "monitoring": ("pages/monitoring.py", "activity", lambda: _("Monitor")),
}
FONTS = "'Source Sans', 'Source Sans 3', 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
# The bar lives in an iframe that reads its styles once: only variables follow a change of theme.
BAR = {
    "container": {
        "padding": "4px!important",
        "margin": "0!important",
        "max-width": "100%!important",
        "border-radius": "10px",
        "background-color": "var(--secondary-background-color)",
        "font-family": FONTS,
    },
    "nav": {"gap": "2px", "flex-wrap": "wrap"},
    "nav-item": {"flex": "1 1 max(104px, 15%)"},
    "nav-link": {
        "font-size": "14px",
        "font-weight": "500",
        "padding": "6px",
        "margin": "0",
        "border-radius": "7px",
        "white-space": "nowrap",
        "color": "var(--text-color)",
        "--hover-color": "rgba(138,91,205,.16)",
    },
    "icon": {"font-size": "14px", "color": "inherit"},
    "nav-link-selected": {"background-color": "var(--primary-color)", "color": "#FFFFFF", "font-weight": "600"},
}
Color = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray"]
LONGEST = 18
"""Characters of a project's title that fit beside the bar."""
log = logging.getLogger("courtside.pages")


@contextmanager
def page(key: str) -> Iterator[str]:
    """Sets the page up and gives the project's name; what goes wrong inside is shown here, without a traceback."""
    _follow_bar(key)
    st.set_page_config(
        page_title=f"{PAGES[key][2]()} · Courtside",
        page_icon=str(ASSETS / "favicon.png"),
        layout="wide",
        menu_items={"About": _about()},
    )
    st.logo(str(ASSETS / "logo.svg"), size="large")
    state.remember()
    _bar(key)
    _heartbeat(key)
    try:
        yield state.project()
    except NothingYet as empty:
        _empty(key, empty)
    except CourtsideError as error:
        problem(error)
    except Exception:
        reference = uuid.uuid4().hex[:8]
        log.exception("page %s failed, reference %s", key, reference)
        st.error(
            _("Something went wrong on our side. The details are in the log under {reference}.", reference=reference),
            icon=":material/bug_report:",
        )


def _about() -> str:
    what = _("Prepare data, train, register, score, monitor and retrain a yes/no classifier.")
    return f"**Courtside {__version__}**\n\n{what}"


def head(title: str, reason: str) -> DeltaGenerator:
    """A page's first line: the answer, a grey line of reason. Returns the container at the right for its actions."""
    words, actions = st.columns([3.4, 1], vertical_alignment="center")
    with words.container(gap=None):
        st.markdown(f"# {title}", anchors=False)
        st.markdown(f":gray[{reason}]")
    return actions.container(horizontal=True, horizontal_alignment="right")


def card(
    title: str,
    badge: str = "",
    *,
    icon: str | None = None,
    color: Color = "gray",
    height: Literal["stretch", "content"] = "stretch",
    meaning: str | None = None,
    badge_meaning: str | None = None,
) -> DeltaGenerator:
    """A bordered container with a title and, at its right, a badge; the meanings show to who hovers over either."""
    box = st.container(border=True, height=height, gap="xsmall")
    with box.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"#### {title}", anchors=False, help=meaning)
        if badge:
            st.badge(badge, icon=icon, color=color, help=badge_meaning)
    return box


def folded(title: str, *, key: str) -> ExpanderContainer:
    """An expander whose content a page makes only where it `.open`s: a table that nobody unfolds costs nothing."""
    return st.expander(title, key=key, on_change="rerun")


@contextmanager
def shown() -> Iterator[None]:
    """Shows what a part refuses in its place, and the page goes on; a dialog's part most of all, for the page's own
    boundary does not reach there."""
    try:
        yield
    except CourtsideError as error:
        problem(error)


def problem(error: CourtsideError) -> None:
    """Shows what was found and expected, and the next action."""
    st.error(f"{say(literal(error.message))}\n\n{say(literal(error.hint))}", icon=":material/error:")


def go(key: str, **choices: str) -> None:
    """Opens another page, the project and the language with it."""
    carried = {"project": state.project(), "lang": state.language()}
    _forget_timers()
    st.switch_page(PAGES[key][0], query_params={**carried, **choices})


def _forget_timers() -> None:
    # A timer that fires in the browser before it hears of the new page would have Streamlit 1.67 announce the old page
    # again, and the screen stays empty. A fragment that is not known any more is refused on arrival.
    context = get_script_run_ctx()
    if context:
        context.fragment_storage.clear()


def _bar(key: str) -> None:
    keys = list(PAGES)
    menu, chooser = st.columns([4.7, 1], vertical_alignment="center")
    with menu:
        labels = [label() for *_, label in PAGES.values()]
        option_menu(
            None,
            labels,
            icons=[icon for _, icon, _ in PAGES.values()],
            orientation="horizontal",
            default_index=keys.index(key),
            key=_bar_key(key),
            styles=BAR,
        )
    with chooser.container(horizontal=True, horizontal_alignment="right", gap="xsmall"):
        known = {name: _titled(name) for name in workflows.projects()}
        _chooser("project", state.project(), known)
        _chooser("lang", state.language(), {key: one.title for key, one in languages.LANGUAGES.items()})
        popover(key)
        theme.follow(key)


def _titled(project: str) -> str:
    try:
        title = workflows.project_contract(project).title
    except CourtsideError:  # said where the project is opened, and no reason to lose the others
        return project
    return languages.named(title, state.language()) if project in SHIPPED else title


def _bar_key(key: str) -> str:
    return f"bar-{key}-{state.language()}"


def _follow_bar(key: str) -> None:
    # First of all on a page, so that a click is followed before anything else is drawn.
    picked = st.session_state.get(_bar_key(key))
    for name, (__, __, label) in PAGES.items():
        if name != key and label() == picked:
            go(name)


def _chooser(key: str, current: str, options: dict[str, str]) -> None:
    short = current[:2].upper() if key == "lang" else shorten(options[current], LONGEST)
    picked = st.menu_button(short, list(options), format_func=options.__getitem__, type="tertiary", key=f"choose-{key}")
    if picked and picked != current:
        st.query_params.clear()
        st.query_params.update({"project": state.project(), "lang": state.language(), key: picked})
        st.rerun()


def _heartbeat(key: str) -> None:
    """Work that is open, redrawn every other second where one waits for it and less often where one reads something
    else, for every redrawing costs every open browser; no timer runs when there is none."""
    st.session_state["drawn"] = work.signature()

    def beat() -> None:
        # The end of a job makes the drawn page old, and nothing else would rerun it.
        if st.session_state["drawn"] != work.signature():
            st.rerun()
        work.panel(go)

    # Streamlit knows a fragment by its function's name and its place, the same on every page: one page's late timer
    # would run the next page's fragment under the old page's name.
    beat.__qualname__ = f"beat_of_{key}"
    waits = key == "overview" or key in work.stages(state.project())
    st.fragment(beat, run_every=(2 if waits else 5) if work.any_open() else None)()


def _empty(key: str, empty: NothingYet) -> None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("medium")
        st.markdown(f"# {say(literal(empty.message))}", width="content", anchors=False)
        st.markdown(f":gray[{say(literal(empty.hint))}]", width="content")
        before = list(PAGES)[list(PAGES).index(key) - 1]
        if st.button(_("Go to {page}", page=PAGES[before][2]()), type="primary", icon=":material/arrow_back:"):
            go(before)
        st.space("medium")
