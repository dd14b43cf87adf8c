"""What Monitor shows before its first verdict: how to get one, and what needs none."""

from __future__ import annotations

import streamlit as st

from core import workflows
from pages.parts import alerts
from pages.parts.frame import card, go, head
from pages.parts.monitor import deciding, policy, replay
from pages.parts.reads import read, read_or_none
from pages.parts.state import _, plain
from pages.parts.views import views


def show(project: str, scored: workflows.Scored | None) -> None:
    """The way to a verdict; and the two views that belong to the project and not to a batch."""
    if read_or_none(workflows.champion, project) is None:
        read(workflows.latest_scored, project)
    if scored is None:
        _nothing_scored()
    else:
        _nothing_assessed(project, scored)
    names = deciding.names()
    match views("show", {"batch": _("This batch"), **{name: names[name] for name in ("policy", "replay")}}):
        case "policy":
            policy.show(project, None)
        case "replay":
            replay.show(project)
        case _other:
            _what_comes(names)


def _nothing_scored() -> None:
    actions = head(_("No batch is scored yet"), _("A batch is assessed as soon as it is scored."))
    if actions.button(_("Score a batch"), type="primary", icon=":material/target:", shortcut="S"):
        go("production_scoring")


def _nothing_assessed(project: str, scored: workflows.Scored) -> None:
    title = _("{batch} is not assessed yet", batch=plain(scored.batch))
    actions = head(title, _("Compare it with the champion's test rows."))
    if actions.button(_("Assess this batch"), type="primary", icon=":material/monitoring:", shortcut="A"):
        with st.spinner(_("Comparing")):
            alerts.assess(project, scored.run_id)
        st.rerun()


def _what_comes(names: dict[str, str]) -> None:
    with card(_("What an assessment will say"), height="content"):
        st.markdown(
            _(
                "Whether the model fits the batch and what changed, first of all and in words, with the few facts that "
                "decided it. Under them the evidence: {views}.",
                views=[names[name].lower() for name in names if name not in ("policy", "replay")],
            )
        )
        st.caption(
            _(
                "When to retrain, and what each way to do so would have given over the history, can be looked at "
                "before: under Policy and Replay."
            )
        )
