"""What can be said of a batch before its labels come: an estimate, if it is trusted, and what would settle the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core import workflows
from core.charts import drift
from core.metrics.registry import METRICS
from core.monitoring.estimation import CALIBRATION_SHUT, OUTSIDE_SHUT, Gate
from core.text.messages import message
from pages.parts.figures import between, measured, written
from pages.parts.frame import card, folded
from pages.parts.monitor import sight
from pages.parts.picture import picture
from pages.parts.reads import read
from pages.parts.state import _, number, say, titles

if TYPE_CHECKING:
    from core.monitoring.estimation import Estimate
    from core.monitoring.unlabelled import Unlabelled


def show(project: str, monitored: workflows.Monitored) -> None:
    """Estimate, difference of the two sides, and labels, side by side."""
    found = read(workflows.unlabelled, monitored.run_id)
    if found is None:
        st.caption(_("This assessment is older than these figures. Assess the batch again to have them."))
        return
    left, middle, right = st.columns([1.15, 1.15, 1])
    with left:
        _estimated(found)
    with middle:
        _told_apart(project, found)
    with right:
        _labels(monitored, found)


def _estimated(found: Unlabelled) -> None:
    if found.gate.open and found.estimate:
        with card(_("Estimated performance"), _("no label was used"), icon=":material/check:", color="green"):
            sight.place("estimate")
            _figures(found.estimate)
            _gate(found.gate)
        return
    with card(_("Estimated performance"), _("withheld"), icon=":material/block:", color="red"):
        sight.place("estimate")
        st.markdown(_("**No trustworthy estimate, because**"))
        st.markdown("\n".join(f"- {say(reason)}" for reason in found.gate.reasons))
        _gate(found.gate)
        if found.estimate:
            box = folded(_("The figures all the same"), key="withheld")
            if box.open:
                with box:
                    st.caption(_("Do not rely on these."))
                    _figures(found.estimate)


def _gate(gate: Gate) -> None:
    """The three conditions, whether they hold or not."""
    error = METRICS["ece"]
    st.caption(
        _(
            "The gate looks at rows without support ({share}, shut from {limit}), the calibration error on the test "
            "rows ({error}, shut from {most}) and earlier batches whose labels came ({misses} of {windows} missed).",
            share=number(gate.outside_share, ".0%"),
            limit=number(OUTSIDE_SHUT, ".0%"),
            error=written(error, gate.calibration_error),
            most=written(error, CALIBRATION_SHUT),
            misses=gate.past.misses,
            windows=gate.past.windows,
        )
    )


def _figures(estimate: Estimate) -> None:
    grid = st.grid(2, min_column_width=120)
    for key, metric in METRICS.items():
        if bounds := estimate.figures.get(key):
            measured(grid, metric, (bounds.value, bounds.low, bounds.high))


def _told_apart(project: str, found: Unlabelled) -> None:
    known = titles(read(workflows.project_contract, project))
    with card(_("Can the two be told apart?"), _("all features together")):
        sight.place("support")
        if found.separation is None:
            st.caption(_("There are too few rows to tell."))
            return
        auc, metric = found.separation.auc, METRICS["roc_auc"]
        st.metric(
            _("AUC of a classifier of the two"),
            written(metric, auc.value),
            between(metric, auc.low, auc.high),
            delta_color="off",
            delta_arrow="off",
            help=_("0.5: the batch looks like the test rows. 1: every row gives itself away."),
        )
        moved = [
            drift.Moved(known.get(name, name), lost, lost > 0 and auc.low > 0.5)
            for name, lost in found.separation.features
        ]
        alt = _("{name} gives the batch away most.", name=moved[0].name)
        title = message("AUC lost without the feature")
        picture(drift.ranked, moved, title=title, alt=alt, key="told-apart")


def _labels(monitored: workflows.Monitored, found: Unlabelled) -> None:
    with card(_("How many labels would settle it?")):
        if found.labels is None:
            st.caption(_("The test rows show no skill that could be lost, so there is nothing to settle."))
            return
        if found.labels.enough:
            st.metric(
                _("Rows to label"),
                number(found.labels.needed, ",d"),
                _("of {rows:,}", rows=found.labels.available),
                delta_color="off",
                delta_arrow="off",
            )
            points = number(found.loss, ".1%")
            st.caption(_("So many confirm or reject at 95 % that {points} of skill are lost.", points=points))
        else:
            st.caption(_("Even all {rows:,} rows would not settle it.", rows=found.labels.available))
        name = f"{monitored.batch.rsplit('.', 1)[0]}_to_label.csv"
        st.download_button(
            _("Download rows to label"),
            lambda: workflows.rows_to_label(monitored.run_id),
            name,
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.caption(_("Fill in the last column, then upload it on Score under “Labels that came later”."))
