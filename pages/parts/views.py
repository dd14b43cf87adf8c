"""One view at a time, and the link says which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import streamlit as st

from pages.parts.state import _, chosen

Name = TypeVar("Name", bound=str)


def views(key: str, names: Mapping[Name, str], label: str = "") -> Name:
    """A row of views to choose from, the first by default; the query parameter `key` holds the choice. `label` says
    what is chosen, where it is not a view, to who can't see it."""
    asked = next((name for name in names if name == chosen(key)), next(iter(names)))
    widget = f"views-{key}"
    # The link has the last word: a control that kept its own choice would undo the browser's "back".
    st.session_state[widget] = asked
    st.segmented_control(
        label or _("Show"),
        list(names),
        # The accent on a dark page is too faint for words; the border shows what is chosen.
        format_func=lambda name: f":gray[{names[name]}]",
        required=True,
        label_visibility="collapsed",
        wrap=True,
        key=widget,
        on_change=lambda: st.query_params.update({key: st.session_state[widget]}),
    )
    return asked
