"""What the figures of a model are called, and how they are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pages.parts.state import _


@dataclass(frozen=True)
class Figure:
    """A metric for the reader: `zero` is what a model that is worth nothing has, with its name; None where none is."""

    label: Callable[[], str]
    spec: str
    zero: float | None = None
    zero_label: Callable[[], str] = str


FIGURES = {
    "skill": Figure(lambda: _("Skill"), "+.1%", 0.0, lambda: _("fixed guess")),
    "log_loss": Figure(lambda: _("Log loss"), ".4f"),
    "roc_auc": Figure(lambda: _("AUC"), ".3f", 0.5, lambda: _("coin toss")),
    "f1": Figure(lambda: _("F1"), ".3f"),
    "accuracy": Figure(lambda: _("Accuracy"), ".3f"),
    "brier": Figure(lambda: _("Brier"), ".4f"),
    "average_precision": Figure(lambda: _("Average precision"), ".3f"),
    "precision": Figure(lambda: _("Precision"), ".3f"),
    "recall": Figure(lambda: _("Recall"), ".3f"),
    "ece": Figure(lambda: _("Calibration error"), ".1%"),
}
