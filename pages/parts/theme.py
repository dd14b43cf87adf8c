"""The theme that the reader sees: charts follow it, and the lifecycle bar has its font."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_follow = st.components.v2.component("courtside_theme", js=(Path(__file__).parent / "assets" / "theme.js").read_text())


def follow(page: str) -> None:
    """Draws nothing. When the reader changes between light and dark, the page runs again with the new colours."""
    _follow(key=f"theme-{page}", width=1, height=1, on_changed_change=lambda: None)
