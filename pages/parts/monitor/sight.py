"""Brings the chart into sight that a click asked for: on a long page it may lie below the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

ASKED, COUNT = "into_sight", "into_sight_count"
MOVE = """
export default ({ parentElement }) => {
  // The page's header lies over its top, and above this spot stands the title of the card.
  parentElement.style.scrollMarginTop = "7.5rem";
  // What stands below is still growing, and a page that is too short can't be moved so far.
  const until = performance.now() + 2500;
  const reader = new AbortController();
  ["wheel", "touchmove", "keydown", "mousedown"].forEach((what) =>
    addEventListener(what, () => reader.abort(), { passive: true, signal: reader.signal }));
  const move = () => {
    if (reader.signal.aborted || !parentElement.isConnected || performance.now() > until) return reader.abort();
    parentElement.scrollIntoView();
    requestAnimationFrame(move);
  };
  move();
};
"""


def ask(name: str) -> None:
    """To be called when a click asks for the chart of that name: the next run moves there, once."""
    st.session_state[ASKED] = name
    st.session_state[COUNT] = st.session_state.get(COUNT, 0) + 1


def place(*names: str) -> None:
    """The spot, under the title of a card, that is moved into sight for any of `names`."""
    spot = st.container()
    if st.session_state.get(ASKED) in names:
        del st.session_state[ASKED]
        with spot:
            # A key of its own for every click: what is there already would not move again.
            _component()(key=f"sight-{st.session_state[COUNT]}")


@st.cache_resource(show_spinner=False)
def _component() -> ComponentRenderer:
    return st.components.v2.component("into_sight", js=MOVE, isolate_styles=False)
