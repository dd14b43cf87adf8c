"""What the words of the figures mean, for whoever hovers over one."""

from __future__ import annotations

from pages.parts.state import _

TERMS = {
    "skill": lambda: _(
        "How much better than a fixed guess: 1 − log loss / log loss of the best constant on the same rows. "
        "0 % is worth nothing, below 0 % is worse than guessing."
    ),
    "log_loss": lambda: _(
        "What a row costs when the outcome comes: −log of the probability that was given to it. Lower is better; "
        "one sure and wrong answer costs more than many doubtful ones."
    ),
    "roc_auc": lambda: _(
        "The chance that a positive row gets a higher probability than a negative one. 0.5 is chance, 1 is perfect; "
        "it says nothing about whether the probabilities are right."
    ),
    "average_precision": lambda: _(
        "Area under the curve of precision and recall. A random order reaches the share of positives."
    ),
    "brier": lambda: _("Mean squared distance between probability and outcome. Lower is better."),
    "ece": lambda: _("Mean gap between predicted and observed, over ten bins of equal counts."),
    "accuracy": lambda: _("The share of rows whose prediction is right, at the threshold."),
    "precision": lambda: _("Of the rows predicted positive, the share that is."),
    "recall": lambda: _("Of the positive rows, the share that was predicted so."),
    "f1": lambda: _("Harmonic mean of precision and recall at the threshold; 0 when no positive row is found."),
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
    "psi": lambda: _("Population stability index: how far the shares of bins moved. 0 is no change, 0.25 is much."),
    "wasserstein": lambda: _("How far values must be carried to turn one side into the other, in deviations."),
    "ks": lambda: _("Kolmogorov-Smirnov: the largest gap between the two cumulative shares."),
    "total_variation": lambda: _("The share of rows that must change category to turn one side into the other."),
    "jensen_shannon": lambda: _("Distance of either side from the mean of both: 0 is no change."),
    "ks_p": lambda: _("The chance of such a gap if nothing had changed. With many rows it is always small."),
    "chi2_p": lambda: _("The same by the chi-square test on counts."),
}


def term(key: str) -> str | None:
    """What a figure means, in two sentences; None where its name says it."""
    return TERMS[key]() if key in TERMS else None
