"""A chart on a page, drawn once for all who see the same."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from core.charts import CONFIG
from pages.parts.state import look


def picture(draw: Callable, *arguments: object, alt: str, key: str, narrow: bool = False, chart=None, **options):
    """Shows `draw(look, *arguments, **options)` and returns what `st.plotly_chart` does.

    Building a figure takes Plotly longer than everything else that a page does, so a figure is kept by what it was
    made from. `chart` holds further settings of `st.plotly_chart`.
    """
    asked = replace(look(), narrow=True) if narrow else look()
    made_from = hashlib.sha256(pickle.dumps((asked, arguments, options))).hexdigest()
    drawn = _drawn(f"{draw.__module__}.{draw.__qualname__}", made_from, draw, (asked, *arguments), options)
    return st.plotly_chart(drawn, config=CONFIG, alt=alt, key=key, **(chart or {}))


@st.cache_resource(max_entries=100, show_spinner=False)
def _drawn(name: str, made_from: str, _draw: Callable, _arguments: tuple, _options: dict):
    return _draw(*_arguments, **_options)
