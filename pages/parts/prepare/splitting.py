"""What to prepare and how to split it, with a look at the result before it is saved."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import workflows
from core.data.split import STRATEGIES
from pages.parts import data_choice, work
from pages.parts.frame import card
from pages.parts.reads import read
from pages.parts.state import _, number, say, titles


def ask(project: str) -> None:
    """What to prepare and how."""
    contract = read(workflows.project_contract, project)
    with card(_("Prepare a table")):
        data = data_choice.choose(project, role="train")
        with st.form("prepare", border=False):
            labels = titles(contract)
            features = st.multiselect(_("Features"), list(labels), default=list(labels), format_func=labels.__getitem__)
            words = {key: say(text) for key, text in STRATEGIES.items()}
            strategy = st.selectbox(_("How to split"), list(words), format_func=words.__getitem__)
            left, right = st.columns(2)
            share = left.number_input(_("Test share in %"), 5, 50, 20, 5)
            seed = right.number_input(_("Seed"), 0, 2**31 - 1, 10)
            drop = st.toggle(_("Leave out rows that repeat an earlier one"))
            asked: dict[str, Any] = {
                "test_share": share / 100,
                "seed": int(seed),
                "strategy": strategy,
                "features": tuple(features),
                "repeats": "drop" if drop else "keep",
            }
            with st.container(horizontal=True):
                look_first = st.form_submit_button(_("Preview"), icon=":material/visibility:")
                if st.form_submit_button(_("Prepare"), type="primary", icon=":material/table:", shortcut="P"):
                    prepare(project, data, asked)
            st.caption(
                _("Takes seconds; a large table goes on in the background. A preparation is added, none replaced.")
            )
        if look_first:
            preview(project, data, asked)


def prepare(project: str, data: str, asked: dict[str, Any]) -> None:
    """Runs the stage and shows its result; a large table is prepared as a job."""
    if workflows.is_large(project, data):
        work.start("prepare", data=data, **asked)
        st.rerun()
    with st.spinner(_("Checking and splitting")):
        run = workflows.prepare(project, data, **asked)
    st.query_params["run"] = run.run_id
    st.rerun()


def preview(project: str, data: str, asked: dict[str, Any]) -> None:
    """What the split would be; nothing is saved."""
    with st.spinner(_("Checking and splitting")):
        seen = workflows.preview(project, data, **asked)
    title = _("Preview, not saved")
    st.markdown(f"##### {title}")
    st.dataframe(
        [
            {
                _("Part"): name,
                _("Rows"): number(seen.rows[key], ",d"),
                _("Target rate"): number(seen.target_rates[key], ".2%"),
                _("Time"): span(seen.spans.get(key)),
            }
            for key, name in (("train", _("Train")), ("test", _("Test")))
        ],
        hide_index=True,
    )
    strongest = seen.drift[0]
    share = number(seen.both_sides / seen.rows["test"], ".0%")
    st.caption(
        _(
            "{count:,} test rows ({share}) have a training row's features. Test differs most from train in {name}, at "
            "{effect:.2f} of the alarm line.",
            count=seen.both_sides,
            share=share,
            name=titles(read(workflows.project_contract, project))[strongest.feature],
            effect=strongest.effect,
        )
    )


def span(times: tuple[float, float] | None) -> str:
    """First and last time of a part."""
    return "–" if times is None else _("{first} to {last}", first=f"{times[0]:.1f}", last=f"{times[1]:.1f}")
