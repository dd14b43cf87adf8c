"""What each feature was worth to the model on the test rows, and is worth on a batch with labels."""

from __future__ import annotations

import streamlit as st

from core import workflows
from core.charts import effects
from core.metrics.intervals import FEWEST_LABELS
from core.metrics.performance import FEWEST_OF_A_CLASS
from pages.parts.frame import card
from pages.parts.picture import picture
from pages.parts.reads import read
from pages.parts.state import _, titles


def show(project: str, monitored: workflows.Monitored) -> None:
    """The importance of each feature before and now."""
    found = read(workflows.importance_changes, monitored.run_id)
    known = titles(read(workflows.project_contract, project))
    with card(_("What the model relies on"), _("diamond: test rows, circle: this batch")):
        if not found:
            st.caption(
                _(
                    "This takes {fewest} labels of the batch, {rare} of each outcome among them.",
                    fewest=FEWEST_LABELS,
                    rare=FEWEST_OF_A_CLASS,
                )
            )
            return
        names = [known.get(one.feature, one.feature) for one in found]
        moved = [name for name, one in zip(names, found, strict=True) if one.certain]
        if moved:
            said = _("Worth something else than on the test rows, for certain: {features}.", features=moved)
        else:
            said = _("No feature is worth anything else than on the test rows for certain.")
        before, now = ([tuple(vars(getattr(one, side)).values()) for one in found] for side in ("before", "now"))
        picture(effects.importance_change, names, before, now, alt=said, key="relied-on")
        st.caption(
            f"{said} "
            + _(
                "A feature is worth what a row's log loss rises by when its values are shuffled; whiskers are 95 % "
                "intervals, the comparison holds for all features together."
            )
        )
