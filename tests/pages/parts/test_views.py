"""A link opens the view that it names."""

from __future__ import annotations

import pytest

from tests.app import opened, words


@pytest.mark.parametrize(
    ("page", "show", "fact"),
    [
        ("pages/monitoring.py", "labels", "No trustworthy estimate, because"),
        ("pages/monitoring.py", "labels", "Rows to label: "),
        ("pages/monitoring.py", "slices", "slices together (Bonferroni)"),
        ("pages/monitoring.py", "performance", "#### Skill by season, with 95 % band"),
        ("pages/monitoring.py", "importance", "certain: Shot distance. A feature is worth"),
        ("pages/monitoring.py", "replay", "Which way to retrain would have served best?"),
        ("pages/monitoring.py", "policy", "1 of 1** batches would have asked"),
        ("pages/training.py", "ranking", "Precision and recall"),
        ("pages/training.py", "threshold", "Where to draw the line"),
        ("pages/training.py", "features", "What it loses without a feature"),
        ("pages/training.py", "stability", "Would more rows help?"),
        ("pages/training.py", "court", "What it predicts"),
    ],
)
def test_a_link_opens_the_view_it_names(lifecycle_home, page, show, fact):
    for language in ("en", "pt_BR"):
        test = opened(page, show=show, lang=language)
        assert not test.error
        assert language != "en" or fact in words(test)
