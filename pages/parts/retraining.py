"""The retraining dialog: what will go in and what will come of it, before anything runs."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core import workflows
from core.retraining import EQUAL, ROWS, SAME
from core.training import PRESETS
from core.workflows import LabelledBatch, Plan
from pages.parts import work
from pages.parts.frame import shown
from pages.parts.reads import read
from pages.parts.state import _, number, plain, project, say, when

WEIGHTS = {
    "single": lambda: _("Every row the same"),
    "equal": lambda: _("Weighted: both sides the same in all"),
    "own": lambda: _("Weighted: as given"),
}
TRIGGERS = {
    "reactive": lambda: _("The labels ask for it (reactive policy)."),
    "predictive": lambda: _("The batch asks for it before its labels do (predictive policy)."),
    "age": lambda: _("The age of the champion asks for it (policy by age)."),
    "rows": lambda: _("The rows scored since training ask for it (policy by rows)."),
    "manual": lambda: _("No policy asks for it: it is started by hand."),
}


@dataclass(frozen=True)
class Asked:
    """What the dialog's fields say, as the workflows take it."""

    scoring_runs: tuple[str, ...]
    rows: str
    weight: float
    held_out: float
    preset: str


def button(label: str, scoring_run: str) -> None:
    """The button that opens the dialog for the batch that is looked at."""
    if st.button(label, type="primary", icon=":material/cached:", shortcut="N", disabled=work.busy()):
        _dialog(scoring_run)


@st.dialog(" ", width="medium", icon=":material/cached:")
def _dialog(scoring_run: str) -> None:
    title = _("What goes into the retraining")
    st.markdown(f"#### {title}", anchors=False)
    known = read(workflows.labelled_batches, project())
    asked, plan = _asked(known, scoring_run), None
    with shown():
        plan = read(workflows.retraining_plan, project(), *vars(asked).values())
    if plan:
        _told(plan, [item for item in known if item.run_id in asked.scoring_runs])
    if st.button(_("Start retraining"), type="primary", icon=":material/cached:", disabled=plan is None or work.busy()):
        work.start("retrain", **vars(asked))
        st.rerun()


def _asked(known: list[LabelledBatch], scoring_run: str) -> Asked:
    names = {item.run_id: f"{item.batch} · {when(item.when)} · {number(item.rows, ',d')}" for item in known}
    here = next((item for item in known if scoring_run in item.runs), None)
    runs = [here.run_id] if here else [scoring_run]
    if len(known) > 1 or (known and not here):
        runs = st.multiselect(
            _("Labelled batches"),
            list(names),
            default=[here.run_id] if here else [],
            format_func=names.get,
            key="retrain-batches",
            help=_("A row that stands in several of them joins once."),
        )
    left, right = st.columns(2)
    rows = left.selectbox(_("Rows"), list(ROWS), format_func=lambda key: say(ROWS[key]), key="retrain-rows")
    held_out = right.slider(_("Held out for the comparison, %"), 10, 90, 50, 10, key="retrain-held-out")
    counting = left.selectbox(
        _("How much they count"), list(WEIGHTS), format_func=lambda key: WEIGHTS[key](), key="retrain-weights"
    )
    presets = {key: say(words) for key, (words, __) in PRESETS.items()}
    preset = right.selectbox(
        _("Candidates"),
        list(presets),
        index=list(presets).index("retrain"),
        format_func=presets.get,
        key="retrain-preset",
    )
    weight = {"equal": EQUAL}.get(counting, SAME)
    if counting == "own":
        weight = left.number_input(_("Weight of a production row"), 0.1, 1000.0, 2.0, 0.5, key="retrain-weight")
    return Asked(tuple(runs), rows, float(weight), held_out / 100, preset)


def _told(plan: Plan, batches: list[LabelledBatch]) -> None:
    head = (_("Rows"), _("train"), _("held out"), _("each counts"))
    window = _(", {window} only", window=plan.pool.window) if plan.pool.window else ""
    lines = [
        head,
        ["---", "--:", "--:", "--:"],
        [_("Version {version}'s own", version=plan.champion), *(number(one, ",d") for one in plan.own), "1"],
        [
            plain(", ".join(plan.batches)) + window,
            *(number(one, ",d") for one in plan.joined),
            number(plan.weight, ",.2f"),
        ],
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
    if told:
        st.caption(_("Left out: {what}.", what=", ".join(told)))
    names = ", ".join(say(workflows.candidate_title(name)) for name in plan.candidates)
    st.markdown(
        _(
            "**Candidates:** {names}. The one that does best on production rows in training is registered as the "
            "challenger and compared with version {version} on the rows held out, its old test rows and the new ones.",
            names=names,
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
