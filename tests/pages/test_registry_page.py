"""The registry page as a script: every version with what became of it."""

from __future__ import annotations

from core import workflows
from tests.pages.test_pages import closed_queue, opened

__all__ = ["closed_queue"]


def test_the_table_says_of_every_version_what_became_of_it(lifecycle_home):
    workflows.register("kobe", "dt_tuned")
    workflows.promote("kobe", 2, reason="a try")
    workflows.rollback("kobe", reason="it was one")
    workflows.register("kobe", "dt_tuned")
    workflows.register("kobe", "dt_tuned")
    page = opened("pages/model_registry.py")
    assert not page.error
    (table,) = [frame.value for frame in page.dataframe if "State" in frame.value]
    assert table.set_index("Version")["State"].to_dict() == {
        4: "waits for a decision",
        3: "never in use",
        2: "was champion",
        1: "scores every batch",
    }
