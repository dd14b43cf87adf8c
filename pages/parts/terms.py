"""What the words of the figures mean, for whoever hovers over one."""

from __future__ import annotations

from pages.parts.state import _

TERMS = {
    "interval": lambda: _(
        "What chance in the drawing of the rows may have done to a figure: 95 of 100 such intervals hold the true one."
    ),
    "champion": lambda: _("The version that scores every batch, until another is promoted."),
    "challenger": lambda: _("The version that was registered last. It scores nothing until it is promoted."),
    "difference": lambda: _(
        "Challenger less champion on the same rows. Where the 95 % interval holds 0, the two can't be told apart."
    ),
    "production_skill": lambda: _("Skill on the newest labelled batch that the version has scored."),
    "gate": lambda: _(
        "Before it is registered, a candidate needs a skill surely above 0, no surely large calibration error, and the "
        "champion's contract. Whoever registers one that misses something says why."
    ),
    "threshold": lambda: _("From this probability on a row is predicted positive."),
    "outside": lambda: _(
        "Rows whose 15th nearest test row is farther away than for 99 of 100 test rows: nothing shows that the model "
        "knows them."
    ),
    "drifted": lambda: _(
        "A feature drifted when the whole 95 % interval of its effect lies beyond the alarm line. How many rows there "
        "are does not decide."
    ),
    "importance": lambda: _("What a row's log loss rises by when the feature's values are shuffled on the test rows."),
    "low": lambda: _("Where the 95 % interval begins."),
    "high": lambda: _("Where the 95 % interval ends."),
    "nulls_reference": lambda: _("The share of test rows without a value."),
    "nulls_current": lambda: _("The share of this batch's rows without a value."),
    "new_share": lambda: _("The share of this batch's rows with a category that the test rows don't have."),
    "effect": lambda: _("How far the feature moved, in multiples of the alarm line: beyond 1 it drifted."),
}


def term(key: str) -> str | None:
    """What a figure means, in two sentences; None where its name says it."""
    return TERMS[key]() if key in TERMS else None
