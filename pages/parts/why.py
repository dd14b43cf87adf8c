"""Why each stage matters: two sentences and a picture, one click away on every page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.parts.state import _

ASSETS = Path(__file__).parent / "assets"
REASONS = {
    "overview": lambda: _(
        "A model is only as good as the loop around it: data, training, a registered version, scored batches, a "
        "verdict and back. This page says which part of the loop waits for you."
    ),
    "data_preparation": lambda: _(
        "A figure can be trusted only if every row can be accounted for and the test rows stayed untouched. So rows "
        "are checked, dropped with a reason, and split before any model sees them."
    ),
    "training": lambda: _(
        "A model that is measured on the rows it learned from always looks good. Candidates are ranked by rows held "
        "out of each fold, and the test split only confirms the choice."
    ),
    "model_registry": lambda: _(
        "Scoring changes when the champion changes, so that step is a decision with evidence and a way back. Every "
        "version keeps its data, its threshold and its figures."
    ),
    "production_scoring": lambda: _(
        "A batch is worth scoring only if no row gets lost and doubtful rows say so. Every row comes back in its order "
        "with a probability, or with the reason why it has none."
    ),
    "monitoring": lambda: _(
        "The world moves away from the data that a model was trained on, and a loss can fall while the model becomes "
        "worthless. The verdict weighs skill, drift and support, and says what to do."
    ),
}


def popover(key: str) -> None:
    """The button that explains the stage of the page `key`."""
    with st.popover("", icon=":material/help:", type="tertiary", help=_("Why this matters"), key=f"why-{key}"):
        st.image(str(ASSETS / f"why-{key}.svg"), alt=_("A sketch of what this stage does."), width=300)
        st.markdown(REASONS[key]())
