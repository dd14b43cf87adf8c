"""The retraining dialog: what will go in and what will come of it, before anything runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from core import workflows
from core.retraining.mixing import EQUAL, FEWEST_JUDGES, HELD_LEAST, HELD_MOST, HELD_OUT, ROWS, SAME
from core.text.errors import CourtsideError
from core.text.messages import message
from core.training.training import PRESETS
from core.workflows.retraining_plans import PRESET
from pages.parts import work
from pages.parts.frame import shown
from pages.parts.reads import read
from pages.parts.state import _, number, plain, project, say, when

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from core.workflows import LabelledBatch, Plan

TRIGGERS = {
    "reactive": lambda: _("The labels ask for it (reactive policy)."),
    "predictive": lambda: _("The batch asks for it before its labels do (predictive policy)."),
    "age": lambda: _("The age of the champion asks for it (policy by age)."),
    "rows": lambda: _("The rows scored since training ask for it (policy by rows)."),
    "manual": lambda: _("No policy asks for it: it is started by hand."),
}


def button(label: str, scoring_run: str) -> None:
    """The button that opens the dialog for the batch that is looked at."""
    if st.button(label, type="primary", icon=":material/cached:", shortcut="N", disabled=work.busy()):
        _dialog(scoring_run)


@st.dialog(" ", width="medium", icon=":material/cached:")
def _dialog(scoring_run: str) -> None:
    title, plan = _("What goes into the retraining"), None
    st.markdown(f"#### {title}", anchors=False)
    known = read(workflows.labelled_batches, project())
    runs = _batches(known, scoring_run)
    left, right = st.columns(2)
    rows = left.selectbox(_("Rows"), list(ROWS), format_func=lambda key: say(ROWS[key]), key="retrain-rows")
    least, most, usual = (round(100 * share) for share in (HELD_LEAST, HELD_MOST, HELD_OUT))
    label = _("Held out for the comparison, %")
    held_out = right.slider(label, least, most, usual, 10, key="retrain-held-out") / 100
    counting = {SAME: _("Every row the same"), EQUAL: _("Weighted")}
    weight = left.selectbox(
        _("How much they count"), list(counting), format_func=counting.__getitem__, key="retrain-counting"
    )
    presets = {key: say(words) for key, (words, __) in PRESETS.items()}
    first = list(presets).index(PRESET)
    preset = right.selectbox(
        _("Candidates"), list(presets), first, format_func=presets.__getitem__, key="retrain-preset"
    )
    with shown():
        if not runs:
            raise CourtsideError(message("No batch is chosen."), message("Choose at least one to learn from."))
        plan = read(workflows.retraining_plan, project(), tuple(runs), rows, weight, held_out, preset=preset)
    if plan and weight == EQUAL:
        plan = replace(plan, weight=_weight(left, plan.weight))
    if plan:
        _told(plan, [item for item in known if item.run_id in runs])
    if st.button(_("Start retraining"), type="primary", icon=":material/cached:", disabled=plan is None or work.busy()):
        asked = {"rows": rows, "weight": plan.weight, "held_out": held_out, "preset": preset}
        work.start("retrain", scoring_runs=runs, **asked)
        st.rerun()


def _batches(known: list[LabelledBatch], scoring_run: str) -> list[str]:
    names = {item.run_id: f"{item.batch} · {when(item.when)} · {number(item.rows, ',d')}" for item in known}
    here = [item.run_id for item in known if scoring_run in item.runs]
    if len(known) == len(here):
        return here or [scoring_run]
    return st.multiselect(
        _("Labelled batches"),
        list(names),
        default=here,
        format_func=names.__getitem__,
        key=f"retrain-batches-{scoring_run}",
        help=_("A row that stands in several of them joins once."),
    )


def _weight(place: DeltaGenerator, equal: float) -> float:
    return place.number_input(
        _("Weight of a production row"),
        0.0,
        value=equal,
        step=0.5,
        key=f"retrain-weight-{equal}",
        help=_("As it stands, the production rows count as much in all as the champion's own."),
    )


def _told(plan: Plan, batches: list[LabelledBatch]) -> None:
    lines = [
        (_("Rows of"), _("train"), _("held out"), _("weight")),
        ("---", "--:", "--:", "--:"),
        (_("version {version}", version=plan.champion), *(number(one, ",d") for one in plan.own), "1"),
        (_("production"), *(number(one, ",d") for one in plan.joined), number(plan.weight, ",.3g")),
    ]
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))
    pool = plan.pool
    left_out = [
        (pool.unlabelled, _("without a usable label: {count:,}", count=pool.unlabelled)),
        (pool.known, _("known to the champion already: {count:,}", count=pool.known)),
        (pool.repeated, _("in another of the batches: {count:,}", count=pool.repeated)),
        (pool.older, _("before {window}: {count:,}", window=pool.window, count=pool.older)),
    ]
    told = [text for count, text in left_out if count]
    names = plain(", ".join(plan.batches))
    source = _("{batches}, only {window}.", batches=names, window=pool.window) if pool.window else f"{names}."
    without = _("Left out: {what}.", what=", ".join(told)) if told else ""
    held_out = " ".join(say(sentence) for sentence in plan.held_out)
    st.caption(f"{source} {without} {held_out}")
    if pool.unclear:
        st.caption(
            _(
                "{count:,} rows have the same features as a row known before. Without an id nothing tells whether they "
                "are that row, so they join.",
                count=pool.unclear,
            )
        )
    judges = _("production rows") if plan.joined[0] >= FEWEST_JUDGES else _("all rows")
    st.markdown(
        _(
            "**Candidates:** {names}. The one that is recommended by {judges} in training is registered as the "
            "challenger and compared with version {version} on the rows held out, its old test rows and the new ones.",
            names=", ".join(say(workflows.candidate_title(name)) for name in plan.candidates),
            judges=judges,
            version=plan.champion,
        )
    )
    st.markdown(_("**Trigger:** {trigger}", trigger=TRIGGERS[plan.trigger]()))
    if plan.promotes:
        text = _("**Promotion:** by itself if it passes the guard, as policy {number} says.", number=plan.policy)
    else:
        text = _("**Promotion:** stays your decision.")
    st.markdown(text)
    for item in batches:
        if item.level == "stop":
            text = _("{batch} looks wrong in itself: retraining would learn the fault.", batch=plain(item.batch))
            st.warning(text, icon=":material/block:")
