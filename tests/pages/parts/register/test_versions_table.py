"""Every version with what became of it."""

from __future__ import annotations

from core import workflows
from core.text.messages import message
from tests.app import opened, unfolded


def test_the_table_says_of_every_version_what_became_of_it(lifecycle_home):
    workflows.register("kobe", "dt_tuned")
    workflows.promote("kobe", 2, reason="a try")
    workflows.rollback("kobe", reason="it was one")
    workflows.register("kobe", "dt_tuned")
    workflows.register("kobe", "dt_tuned")
    page = unfolded(opened("pages/model_registry.py"), "all-versions")
    assert not page.error
    (table,) = [frame.value for frame in page.dataframe if "State" in frame.value]
    assert table.set_index("Version")["State"].to_dict() == {
        4: "waits for a decision",
        3: "never in use",
        2: "was champion",
        1: "scores every batch",
    }


def test_the_table_says_what_the_gate_missed_and_why_it_was_registered_in_the_readers_language(lifecycle_home):
    workflows.register(
        "kobe", "dt", reason=message("Made by retraining on {batch}, to be compared with the champion.", batch="x")
    )
    page = unfolded(opened("pages/model_registry.py", lang="pt_BR"), "all-versions")
    newest = page.dataframe[-1].value.iloc[0]
    assert newest["Crit\u00e9rios n\u00e3o atendidos"].startswith("O ganho no teste")
    assert newest["Por que foi registrado mesmo assim"].startswith("Feita por retreino com x")
