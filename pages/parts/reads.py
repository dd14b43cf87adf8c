"""Reads of the store, cached until anyone writes to it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core import workflows
from core.text.errors import NothingYet
from pages.parts.state import chosen, project


def read(workflow: Callable, *arguments: object) -> object:
    """`workflow(*arguments)`, read again only after the store has changed. For workflows that write nothing."""
    return _read(f"{workflow.__module__}.{workflow.__qualname__}", arguments, workflows.store_state(), workflow)


def read_or_none(workflow: Callable, *arguments: object) -> object:
    """The same, or None where an earlier stage has produced nothing yet."""
    try:
        return read(workflow, *arguments)
    except NothingYet:
        return None


def linked(key: str, kind: str) -> str:
    """The run that the link names under `key`, "" for none; one of another kind or project is a `CourtsideError`."""
    named = chosen(key)
    if named:
        read(workflows.check_link, project(), named, kind)
    return named


@st.cache_data(max_entries=100, show_spinner=False)
def _read(name: str, arguments: tuple, state: int, _workflow: Callable) -> object:
    return _workflow(*arguments)
