"""What a preparation knows of its columns: a profile of each, and what would make a result look better than it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from core import workflows
from core.data.kinds import KINDS
from core.metrics.registry import METRICS
from pages.parts.frame import card
from pages.parts.reads import read
from pages.parts.state import _, named, number, say
from pages.parts.table import table

MENDS = {
    "drop_repeats": lambda: _("Leave repeats out"),
    "together": lambda: _("Keep identical rows on one side"),
    "without": lambda: _("Leave this feature out"),
}


def cautions(project: str, prepared: workflows.Prepared) -> None:
    """Each caution with its count, why it matters, and the click that mends it by preparing again."""
    for index, item in enumerate(read(workflows.table_profile, prepared.run_id).cautions):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f":orange[:material/warning:] **{say(item.what)}**  \n:gray[{say(item.why)}]")
            if st.button(MENDS[item.mend](), key=f"mend-{index}"):
                mend(project, prepared, item.mend, item.feature)


def mend(project: str, prepared: workflows.Prepared, how: str, feature: str) -> None:
    """The same preparation with the one setting changed that mends a caution."""
    changed: dict[str, Any] = {
        "test_share": prepared.test_share,
        "seed": prepared.seed,
        "strategy": "together" if how == "together" else prepared.strategy,
        "repeats": "drop" if how == "drop_repeats" else prepared.repeats,
        "features": tuple(name for name in prepared.features if name != feature),
    }
    with st.spinner(_("Checking and splitting")):
        run = workflows.prepare(project, prepared.source, **changed)
    st.query_params["run"] = run.run_id
    st.rerun()


def profile(prepared: workflows.Prepared) -> None:
    """One row per feature."""
    found = read(workflows.table_profile, prepared.run_id)
    with card(_("Columns"), _("{count} features", count=len(found.columns))):
        table(
            [
                {
                    _("Feature"): named(column.title),
                    _("Type"): say(KINDS[column.kind].title),
                    _("Nulls"): column.nulls,
                    _("Distinct"): column.distinct,
                    _("Distribution"): list(column.counts),
                    _("Target rate"): list(column.rates),
                    _("Correlation"): column.correlation,
                    _("AUC alone"): column.separation,
                }
                for column in found.columns
            ],
            name=f"{Path(prepared.source).stem}_columns",
            key="columns",
            specs={_("Nulls"): ".1%", _("Correlation"): ".3f", _("AUC alone"): METRICS["roc_auc"].spec},
            row_height=44,
            config={
                _("Distribution"): st.column_config.BarChartColumn(
                    help=_("Rows in bins of equal width, or of the most frequent categories."), y_min=0
                ),
                _("Target rate"): st.column_config.LineChartColumn(
                    help=_("Share of positives from the lowest to the highest quantile, or per category."),
                    y_min=0,
                    y_max=1,
                ),
                _("Correlation"): st.column_config.NumberColumn(
                    help=_("With the target: Pearson's, for categories the correlation ratio.")
                ),
                _("AUC alone"): st.column_config.NumberColumn(
                    help=_("How well the feature alone orders the outcomes; 0.5 is chance.")
                ),
            },
        )
        rate = number(prepared.target_rate_kept, ".1%")
        st.caption(_("Target rate of all rows: {rate}. Figures are of the kept rows, nulls of the input.", rate=rate))
