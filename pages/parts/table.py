"""A table to look for rows in, to sort and to take away; one that can't grow beyond a handful of rows needs none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from core.store import spreadsheets
from pages.parts.state import _, number

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler
    from streamlit.elements.lib.column_types import ColumnConfig

FEW = 10
"""Rows that are seen at once; only where there are more is there something to look for."""
SHOWN = 500
"""Rows that a browser gets; the file has them all."""


@st.fragment
def table(
    rows: pd.DataFrame | Sequence[Mapping[str, object]] | Mapping[str, Sequence[object]],
    *,
    name: str,
    key: str,
    specs: Mapping[str, str] | None = None,
    config: Mapping[str, Any] | None = None,
    **options: Any,
) -> None:
    """Shows rows with a field that keeps those in which the words stand, and a button that saves them as `name`.csv.

    A header sorts. `specs` are Python formats by column: the reader sees the figure in their language while sorting
    and the file go by the number. `config` and `options` are those of `st.dataframe`.
    """
    every = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows)
    with st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            kept = _asked(every, key) if len(every) > FEW else every
            st.space("stretch")
            st.download_button(
                _("These rows as CSV"),
                partial(spreadsheets.csv, kept),
                f"{name}.csv",
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
                key=f"csv-{key}",
                help=_("Safe to open in a spreadsheet: no cell runs as a formula."),
            )
        shown = kept.head(SHOWN)
        drawn = _styled(shown, specs) if specs else shown
        st.dataframe(drawn, hide_index=True, column_config=config, placeholder="–", key=key, **options)


def moment() -> ColumnConfig:
    """How a column of moments is shown."""
    return st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm")


def matching(rows: pd.DataFrame, words: str) -> pd.DataFrame:
    """The rows in which every one of the words stands, each in any cell; capitals make no difference."""
    text = rows.astype(str).agg("\n".join, axis=1).str.casefold() if len(rows) else pd.Series(dtype=str)
    found = pd.Series(True, index=rows.index)
    for word in words.casefold().split():
        found &= text.str.contains(word, regex=False)
    return rows[found]


def _asked(every: pd.DataFrame, key: str) -> pd.DataFrame:
    words = st.text_input(
        _("Show only rows with"),
        placeholder=_("Show only rows with …"),
        label_visibility="collapsed",
        icon=":material/search:",
        width=280,
        key=f"find-{key}",
    )
    kept = matching(every, words) if words.strip() else every
    shown = number(min(len(kept), SHOWN), ",d")
    if len(kept) < len(every) or len(kept) > SHOWN:
        told = _("{shown} of {rows} rows", shown=shown, rows=number(len(every), ",d"))
        st.markdown(f":gray[:small[{told}]]", width="content")
    return kept


def _styled(rows: pd.DataFrame, specs: Mapping[str, str]) -> Styler:
    written: dict[Any, Any] = {name: partial(_written, spec=spec) for name, spec in specs.items() if name in rows}
    return rows.style.format(written)


def _written(value: float, spec: str) -> str:
    return number(None if pd.isna(value) else value, spec)
