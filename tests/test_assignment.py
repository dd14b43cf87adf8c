"""The figures in docs/assignment.md are those that the app gives on the original files."""

from __future__ import annotations

import re

from core import workflows
from core.store.settings import HOUSE

MARK = "†"


def computed() -> set[str]:
    """The figures as the document writes them."""
    prepared, trained = workflows.latest_prepared("kobe"), workflows.latest_trained("kobe")
    scored = workflows.latest_scored("kobe")
    found = {
        f"{prepared.rows_kept:,} rows",
        f"{prepared.rows_train:,} and {prepared.rows_test:,} rows",
        f"{prepared.target_rate_train:.1%}".replace("%", " %"),
        f"{trained.constant_log_loss:.3f}",
        f"{scored.metrics['log_loss']:.3f}",
        f"{scored.metrics['skill']:+.1%}".replace("%", " %"),
        f"{scored.metrics['roc_auc']:.3f}",
        f"F1 {scored.metrics['f1']:.0f}",
    }
    for name, digits in (("lr", 4), ("dt_tuned", 4), ("dt", 2)):
        item = trained.candidate(name)
        found |= {f"{item.test_log_loss:.{digits}f}", f"{item.test_roc_auc:.3f}", f"{item.test_f1:.3f}"}
    return found


def test_every_marked_figure_of_the_assignment_is_the_one_computed(lifecycle_home):
    text = " ".join((HOUSE / "docs" / "assignment.md").read_text().split())
    for figure in computed():
        assert f"{figure}{MARK}" in text, figure
    marked = re.findall(rf"[\d.,]+(?: %| rows)?{MARK}", text)
    assert len(marked) == len(computed())
