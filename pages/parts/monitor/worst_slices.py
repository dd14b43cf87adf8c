"""Where in a batch the model does worst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core import workflows
from core.charts import performance
from core.metrics.intervals import FEWEST_LABELS
from core.metrics.registry import METRICS
from pages.parts.frame import card
from pages.parts.picture import picture
from pages.parts.reads import read
from pages.parts.score.batch import stem
from pages.parts.state import _, named, project, say, titles
from pages.parts.table import table

if TYPE_CHECKING:
    from core.metrics.slices import Slice

LOSS = METRICS["log_loss"]
MOST = 8


def _titles() -> dict[str, str]:
    """What columns are called, also those that are no feature here but one of another contract of the same files."""
    own, *others = (read(workflows.project_contract, name) for name in (project(), *workflows.projects()))
    kin = [contract for contract in others if own.source and contract.source == own.source]
    return {name: title for contract in (*kin, own) for name, title in titles(contract).items()}


def show(monitored: workflows.Monitored) -> None:
    """Where the model does worst, worst first."""
    found, known = read(workflows.worst_slices, monitored.scoring_run), _titles()

    def called(item: Slice) -> str:
        return known.get(item.feature) or named(item.title)

    if not found:
        with card(_("Worst slices")):
            st.caption(_("A slice needs {fewest} labelled rows of this batch.", fewest=FEWEST_LABELS))
        return
    with card(_("Worst slices"), _("above 0 a fixed guess would do better")):
        shown = found[:MOST]
        rows = [performance.Row.of(f"{called(item)} {say(item.label)}", item.excess, "current") for item in shown]
        alt = _("Worst: {name}.", name=rows[0].label)
        height = 40 + 44 * len(rows)
        picture(performance.intervals, rows, spec=LOSS.signed, height=height, alt=alt, key="slices-drawn")
        st.caption(
            _(
                "Log loss a row costs more than always saying the batch's rate. The 95 % intervals hold for all "
                "{count} slices together (Bonferroni); slices under {fewest} labels are left out.",
                count=len(found),
                fewest=FEWEST_LABELS,
            )
        )
    columns: dict[str, Sequence[object]] = {
        _("Feature"): [called(item) for item in found],
        _("Slice"): [say(item.label) for item in found],
        _("Rows"): [item.rows for item in found],
        _("Target rate"): [item.target_rate for item in found],
        _("Log loss more than a guess"): [item.excess.value for item in found],
        _("low"): [item.excess.low for item in found],
        _("high"): [item.excess.high for item in found],
    }
    loss = (_("Log loss more than a guess"), _("low"), _("high"))
    specs = {_("Target rate"): ".1%", **dict.fromkeys(loss, LOSS.signed)}
    table(columns, name=f"{stem(monitored.batch)}_slices", key="every-slice", specs=specs)
