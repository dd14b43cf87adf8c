"""Reads of the store, cached until anyone writes to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import streamlit as st

from core import workflows
from core.text.errors import NothingYet
from pages.parts.state import chosen, project

P = ParamSpec("P")
T = TypeVar("T")


def read(workflow: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """What the workflow returns, read again only after the store has changed. For workflows that write nothing."""
    name = f"{workflow.__module__}.{workflow.__qualname__}"
    return _read((name, arguments, named), workflows.store_state(), partial(workflow, *arguments, **named))


def read_or_none(workflow: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T | None:
    """The same, or None where an earlier stage has produced nothing yet."""
    try:
        return read(workflow, *arguments, **named)
    except NothingYet:
        return None


def linked(key: str, kind: str) -> str:
    """The run that the link names under `key`, "" for none; one of another kind or project is a `CourtsideError`."""
    named = chosen(key)
    if named:
        read(workflows.check_link, project(), named, kind)
    return named


@st.cache_data(max_entries=100, show_spinner=False)
def _read(asked: tuple[object, ...], state: int, _workflow: Callable[[], T]) -> T:
    del asked, state  # the cache's key
    return _workflow()
