"""What the words of the figures mean, for whoever hovers over one."""

from __future__ import annotations

from core.metrics.intervals import LEVEL
from core.monitoring.support import NEIGHBOUR, SUPPORT_QUANTILE
from pages.parts.state import _

TERMS = {
    "interval": lambda: _(
        "A confidence interval: what the figure could be with other rows of the same kind. {level:.0%} of such "
        "intervals hold the true value.",
        level=LEVEL,
    ),
    "champion": lambda: _("The version that scores every batch, until another is promoted."),
    "challenger": lambda: _("The version that was registered last. It scores nothing until it is promoted."),
    "difference": lambda: _(
        "Challenger minus champion on the same rows. Where the 95 % interval contains 0, there is no significant "
        "difference."
    ),
    "production_skill": lambda: _("Skill on the newest labelled batch that the version has scored."),
    "gate": lambda: _(
        "Before it is registered, a candidate needs a skill surely above 0, no surely large calibration error, and the "
        "champion's contract. Whoever registers one that misses something says why."
    ),
    "threshold": lambda: _("From this probability on a row is predicted positive."),
    "outside": lambda: _(
        "Rows outside the training distribution: fewer than {count} test rows lie near them. Of the test rows, "
        "{share:.0%} have as many near them.",
        count=NEIGHBOUR,
        share=SUPPORT_QUANTILE,
    ),
    "drifted": lambda: _(
        "A feature drifted when the whole 95 % interval of its effect lies above 1. How many rows there are does not "
        "decide."
    ),
    "importance": lambda: _(
        "Permutation importance on the test rows: the increase in log loss when the feature's values are shuffled. "
        "Shown as a share of the sum over all features."
    ),
    "low": lambda: _("Where the 95 % interval begins."),
    "high": lambda: _("Where the 95 % interval ends."),
    "nulls_reference": lambda: _("The share of test rows without a value."),
    "nulls_current": lambda: _("The share of this batch's rows without a value."),
    "new_share": lambda: _("The share of this batch's rows with a category that the test rows don't have."),
    "effect": lambda: _(
        "How far the feature moved beyond chance, in multiples of the drift threshold of the statistic that moved most."
    ),
}


def term(key: str) -> str | None:
    """What a figure means, in two sentences; None where its name says it."""
    return TERMS[key]() if key in TERMS else None
