"""Prepare: choose data, check it against the contract, split it, see what came of it."""

from pathlib import Path

import streamlit as st

from core import workflows
from core.charts import drift
from core.errors import CourtsideError
from pages.parts import court, data_choice
from pages.parts.frame import card, folded, go, head, page, problem
from pages.parts.picture import picture
from pages.parts.reads import read, read_or_none
from pages.parts.state import _, chosen, number, when


def settings(project: str) -> None:
    """What to prepare and how."""
    contract = read(workflows.project_contract, project)
    with card(_("Prepare a table")):
        data = data_choice.choose(project, role="train")
        with st.form("prepare", border=False):
            labels = {feature.name: feature.title for feature in contract.features}
            features = st.multiselect(_("Features"), list(labels), default=list(labels), format_func=labels.get)
            left, right = st.columns(2)
            share = left.slider(_("Test share"), 5, 50, 20, 5, format="%d %%")
            seed = right.number_input(_("Seed"), 0, 2**31 - 1, 10)
            if st.form_submit_button(_("Prepare"), type="primary", icon=":material/table:", width="stretch"):
                prepare(project, data, share / 100, int(seed), tuple(features))


def prepare(project: str, data: str, share: float, seed: int, features: tuple[str, ...]) -> None:
    """Runs the stage and shows its result."""
    with st.spinner(_("Checking and splitting")):
        run = workflows.prepare(project, data, test_share=share, seed=seed, features=features)
    st.query_params["run"] = run.run_id
    st.rerun()


def figures(prepared: workflows.Prepared) -> None:
    """Every row accounted for."""
    row = st.grid(4, min_column_width=150)
    row.metric(_("Rows in"), number(prepared.rows_raw, ",d"), border=True)
    row.metric(_("Kept"), number(prepared.rows_kept, ",d"), border=True)
    row.metric(_("Dropped for a null"), number(prepared.rows_dropped, ",d"), border=True)
    row.metric(_("Rejected by the contract"), number(prepared.rows_rejected, ",d"), border=True)


def parts(prepared: workflows.Prepared) -> None:
    """The two sides of the split, and whether they look alike."""
    with card(_("Train and test"), _("grey: train, line: test")):
        left, right = st.columns(2)
        rate = _("target rate {rate}", rate=number(prepared.target_rate_train, ".2%"))
        left.metric(_("Train rows"), number(prepared.rows_train, ",d"), rate, delta_color="off", delta_arrow="off")
        rate = _("target rate {rate}", rate=number(prepared.target_rate_test, ".2%"))
        right.metric(_("Test rows"), number(prepared.rows_test, ",d"), rate, delta_color="off", delta_arrow="off")
        panels = read(workflows.train_and_test, prepared.run_id)
        alt = _("Train and test have the same shape in all {count} features shown.", count=len(panels))
        picture(drift.before_and_now, panels, alt=alt, key="split")


def result(project: str, prepared: workflows.Prepared) -> None:
    """What the preparation made, and where it is kept."""
    figures(prepared)
    left, right = st.columns([1.3, 1])
    with left:
        parts(prepared)
    if court.has(project):
        with right, card(_("Made more or less than average")):
            split, __ = read(workflows.split_of, prepared.run_id)
            court.made(project, split.filtered, key="made")
    box = folded(_("Settings, fingerprint and rows"), key="every-row")
    if box.open:
        box.markdown(
            _(
                "File `{source}` · seed {seed} · fingerprint `{fingerprint}` · run `{run}`",
                source=prepared.source,
                seed=prepared.seed,
                fingerprint=prepared.fingerprint,
                run=prepared.run_id,
            )
        )
        split, __ = read(workflows.split_of, prepared.run_id)
        box.dataframe(split.train.head(200), hide_index=True)


with page("data_preparation") as project:
    run = chosen("run")
    prepared = read(workflows.prepared, run) if run else read_or_none(workflows.latest_prepared, project)
    if prepared is None:
        head(
            _("No data is prepared yet"),
            _("Choose a table. Every row is kept, dropped or rejected, with its reason."),
        )
    else:
        actions = head(
            _("{rows:,} rows are ready to train on", rows=prepared.rows_kept),
            _(
                "{train:,} to train, {test:,} to test, from {source} · {when}",
                train=prepared.rows_train,
                test=prepared.rows_test,
                source=Path(prepared.source).name,
                when=when(prepared.when),
            ),
        )
        if actions.button(_("Go to training"), icon=":material/arrow_forward:"):
            go("training")
    left, right = st.columns([1, 2.6])
    with left:
        try:
            settings(project)
        except CourtsideError as error:
            problem(error)
    with right:
        if prepared is not None:
            result(project, prepared)
