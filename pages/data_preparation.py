"""Prepare: choose data, check it against the contract, split it, see what came of it."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core import workflows
from core.charts import drift, performance
from core.data.split import STRATEGIES
from core.training.test_share import MIDDLE, REPEATS, SHARES, reading
from pages.parts import court
from pages.parts.frame import card, folded, go, head, page, shown
from pages.parts.picture import picture
from pages.parts.prepare import columns, contract_editor, new_project, splitting
from pages.parts.reads import linked, read, read_or_none
from pages.parts.state import _, chosen, number, plain, say, when
from pages.parts.table import table
from pages.parts.views import views

VIEWS: dict[str, Callable[[], str]] = {
    "split": lambda: _("Split"),
    "columns": lambda: _("Columns"),
    "share": lambda: _("Test share"),
    "contract": lambda: _("Contract"),
}


def figures(prepared: workflows.Prepared) -> None:
    """Every row accounted for, and the rejected ones to be looked at."""
    row = st.grid(4, min_column_width=150)
    row.metric(_("Rows in"), number(prepared.rows_raw, ",d"), border=True)
    row.metric(_("Kept"), number(prepared.rows_kept, ",d"), border=True)
    row.metric(_("Dropped for a null"), number(prepared.rows_dropped, ",d"), border=True)
    row.metric(_("Rejected by the contract"), number(prepared.rows_rejected, ",d"), border=True)
    if prepared.rows_rejected:
        rows, violations = read(workflows.rejected, prepared.run_id)
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown("\n".join(f"- {say(violation)}" for violation in violations))
            st.download_button(
                _("Download rejected rows"),
                rows.to_parquet(index=False),
                file_name=f"{Path(prepared.source).stem}_rejected.parquet",
                icon=":material/download:",
            )


def parts(prepared: workflows.Prepared) -> None:
    """The two sides of the split, and whether they look alike."""
    with card(_("Train and test"), _("grey: train, line: test")):
        left, right = st.columns(2)
        rate = _("target rate {rate}", rate=number(prepared.target_rate_train, ".2%"))
        left.metric(_("Train rows"), number(prepared.rows_train, ",d"), rate, delta_color="off", delta_arrow="off")
        rate = _("target rate {rate}", rate=number(prepared.target_rate_test, ".2%"))
        right.metric(_("Test rows"), number(prepared.rows_test, ",d"), rate, delta_color="off", delta_arrow="off")
        panels = read(workflows.train_and_test, prepared.run_id)
        alt = _("The shapes of {count} features in train and in test.", count=len(panels))
        picture(drift.before_and_now, panels[:8], alt=alt, key="split")


def split_view(project: str, prepared: workflows.Prepared) -> None:
    """The parts, and where their rows lie."""
    contract = read(workflows.project_contract, project)
    placed = contract.x in prepared.features and contract.y in prepared.features
    left, right = st.columns([1.3, 1]) if placed else (st.container(), None)
    with left:
        parts(prepared)
    if right:
        with right, card(_("Where the rows lie")):
            court.rows(project, read(workflows.drawn_rows, prepared.run_id), key="made")
    box = folded(_("Settings, fingerprint and rows"), key="every-row")
    if box.open:
        box.markdown(
            _(
                "File `{source}` · {strategy}, seed {seed} · train {train}, test {test} · fingerprint `{fingerprint}` "
                "· run `{run}`",
                source=prepared.source,
                strategy=say(STRATEGIES[prepared.strategy]),
                seed=prepared.seed,
                train=splitting.span(prepared.spans.get("train")),
                test=splitting.span(prepared.spans.get("test")),
                fingerprint=prepared.fingerprint,
                run=prepared.run_id,
            )
        )
        with box:
            rows = read(workflows.first_rows, prepared.run_id)
            table(rows, name=f"{Path(prepared.source).stem}_first_rows", key="first-rows")


def share_view(prepared: workflows.Prepared) -> None:
    """What the test share does to the result."""
    how = _("{repeats} splits per share, middle {middle:.0%}", repeats=REPEATS, middle=MIDDLE)
    with card(_("What does the test share do?"), how):
        with st.spinner(_("Splitting and fitting {count} times", count=REPEATS * len(SHARES))):
            found = read(workflows.share_study, prepared.run_id)
        words = say(reading(found, prepared.test_share))
        st.markdown(words)
        picture(
            performance.spread,
            [item.share for item in found],
            [item.low for item in found],
            [item.median for item in found],
            [item.high for item in found],
            chosen=prepared.test_share,
            title=_("test share; test log loss of a quick logistic regression"),
            alt=words,
            key="shares",
        )


def result(project: str, prepared: workflows.Prepared) -> None:
    """What the preparation made, one view at a time."""
    figures(prepared)
    names = {key: label() for key, label in VIEWS.items()}
    match views("show", names):
        case "split":
            columns.cautions(project, prepared)
            split_view(project, prepared)
        case "columns":
            columns.profile(prepared)
        case "share":
            share_view(prepared)
        case "contract":
            contract_editor.show(project, read(workflows.project_contract, project))


def ready(project: str) -> None:
    """The page of a project: its settings, and the preparation that is looked at."""
    run = linked("run", "preparation")
    prepared = read(workflows.prepared, run) if run else read_or_none(workflows.latest_prepared, project)
    if prepared is None:
        actions = head(
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
                source=plain(Path(prepared.source).name),
                when=when(prepared.when),
            ),
        )
    if actions.button(_("New project"), icon=":material/add:"):
        go("data_preparation", view="new")
    if prepared and actions.button(_("Go to training"), icon=":material/arrow_forward:"):
        go("training")
    left, right = st.columns([1, 2.6])
    with left, shown():
        splitting.ask(project)
    with right:
        if prepared is not None:
            result(project, prepared)
        else:
            contract_editor.show(project, read(workflows.project_contract, project))


with page("data_preparation") as project:
    if chosen("view") == "new":
        new_project.show()
    else:
        ready(project)
