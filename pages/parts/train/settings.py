"""What to train with, and the button that starts it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import workflows
from core.metrics.registry import listed
from core.training.algorithms import ALGORITHMS, names
from core.training.training import PRESETS, Search, fits
from pages.parts import work
from pages.parts.figures import label
from pages.parts.state import _, say

NUMBERS = {"folds": 10, "iterations": 10, "seed": 10, "budget": 0}
"""The settings that are whole numbers, as they are at first."""


def start(last: workflows.Trained | None = None) -> None:
    """What to train with, and the button; `last` is the training before."""
    with st.popover(_("Settings"), icon=":material/tune:"):
        presets = {key: say(words) for key, (words, __) in PRESETS.items()}
        st.selectbox(_("Candidates"), list(presets), format_func=presets.__getitem__, key="preset")
        every = {name: say(workflows.candidate_title(name)) for key in ALGORITHMS for name in names(key)}
        st.multiselect(
            _("Or these"),
            list(every),
            format_func=every.__getitem__,
            key="candidates",
            placeholder=_("those of the preset"),
        )
        metrics = {metric.key: label(metric) for metric in listed("search")}
        st.selectbox(_("Tuning optimises"), list(metrics), format_func=metrics.__getitem__, key="metric")
        st.number_input(_("Time budget in seconds, 0 for none"), 0, 86_400, 0, 30, key="budget")
        st.number_input(_("Folds"), 2, 50, 10, key="folds", help=_("Cross-validation on the training rows."))
        st.number_input(_("Tuning iterations"), 1, 500, 10, key="iterations", help=_("Random search per algorithm."))
        st.number_input(_("Seed"), 0, 2**31 - 1, 10, key="seed")
    wanted: dict[str, Any] = {name: int(st.session_state.get(name, usual)) for name, usual in NUMBERS.items()}
    wanted |= {name: st.session_state[name] for name in ("preset", "metric", "candidates") if name in st.session_state}
    if st.button(_("Train"), type="primary", icon=":material/play_arrow:", shortcut="T"):
        work.start("train", **wanted)
        st.rerun()
    st.caption(_told(wanted, last), width="stretch", text_alignment="right")


def _told(wanted: dict[str, Any], last: workflows.Trained | None) -> str:
    """What a click on the button starts, and how long that takes."""
    asked = wanted.get("candidates") or PRESETS[wanted.get("preset", "assignment")][1]
    count = fits(Search(asked, wanted["folds"], wanted["iterations"]))
    if last is None:
        return _("{count:,} fits in the background; it says how long is left, and can be cancelled.", count=count)
    return _(
        "{count:,} fits in the background, to be cancelled at any time; the last training took {seconds:,.0f} s.",
        count=count,
        seconds=last.seconds,
    )
