"""A chart on a page, drawn once for all who see the same."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from core.charts import CONFIG
from pages.parts.state import look

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def picture(
    draw: Callable[..., Figure],
    *arguments: object,
    alt: str,
    key: str,
    narrow: bool = False,
    fill: Literal["stretch", "content"] = "content",
    **options: object,
) -> None:
    """Shows `draw(look, *arguments, **options)`; with `fill` "stretch" it is as high as its card."""
    drawn = _made(draw, arguments, options, narrow=narrow)
    st.plotly_chart(drawn, config=CONFIG, alt=alt, key=key, height=fill)


def clicked(
    draw: Callable[..., Figure], *arguments: object, alt: str, key: str, **options: object
) -> list[dict[str, Any]]:
    """Shows the same and returns the points that the reader has clicked, with their `x` and `y`."""
    drawn = _made(draw, arguments, options)
    event = st.plotly_chart(drawn, config=CONFIG, alt=alt, key=key, on_select="rerun", selection_mode="points")
    return event.selection.points


def _made(
    draw: Callable[..., Figure], arguments: tuple[object, ...], options: dict[str, object], *, narrow: bool = False
) -> Figure:
    # Building a figure takes Plotly longer than everything else that a page does: it is kept by what it was made from.
    asked = replace(look(), narrow=True) if narrow else look()
    made_from = hashlib.sha256(pickle.dumps((asked, arguments, options))).hexdigest()
    return _drawn(f"{draw.__module__}.{draw.__qualname__}", made_from, partial(draw, asked, *arguments, **options))


@st.cache_resource(max_entries=100, show_spinner=False)
def _drawn(name: str, made_from: str, _draw: Callable[[], Figure]) -> Figure:
    del name, made_from  # the cache's key
    return _draw()
