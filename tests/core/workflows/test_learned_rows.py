"""Production rows that a version learned from are no evidence of how it does."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss

from core import workflows
from core.store import registry, settings, tracking
from core.workflows import learned_rows as seen
from core.workflows.runs import Artifact


def test_rows_that_a_version_learned_from_are_no_evidence_of_how_it_does(retrained):
    workflows.promote("kobe", 2)
    scored = workflows.score("kobe", "kobe-prod")
    assert (scored.version, scored.rows_labelled, scored.rows_learned) == (2, 5412, 2706)
    version = workflows.champion("kobe")
    keys = seen.known(version.tags["preparation_run"])
    rows = workflows.scored_rows(scored.run_id)
    held_out = rows[rows["shot_id"].astype(str).isin(keys[keys["part"] == "held out"]["id"])]
    assert len(held_out) == 2706
    assert scored.metrics["log_loss"] == pytest.approx(log_loss(held_out["shot_made_flag"], held_out["probability"]))
    assert sum(window.labelled for window in workflows.windows(scored.run_id)) == 2706
    found = workflows.monitor("kobe").assessment
    assert found.rows_labelled == 2706
    assert found.level in ("healthy", "watch")
    assert found.outside_share < 0.1
    assert any("has learned from 2,706 of the labelled rows" in str(reason) for reason in found.reasons)
    # The version before has learned from none of them.
    assert workflows.score("kobe", "kobe-prod", version=1).rows_learned == 0


def test_production_rows_without_an_id_are_known_by_their_place_in_the_batch(retrained):
    version = registry.get(settings.load(), "kobe", 2)
    contract = workflows.project_contract("kobe")
    batch = workflows.latest_scored("kobe")
    rows = workflows.scored_rows(batch.run_id)
    by_id = seen.seen(rows, contract, seen.trained_on(version), batch.fingerprint)
    nameless = rows.drop(columns="shot_id")
    assert by_id.sum() == 2706
    np.testing.assert_array_equal(seen.seen(nameless, contract, seen.trained_on(version), batch.fingerprint), by_id)
    # Hardly two of these shots have the same features, so in another file the features tell.
    another = seen.seen(nameless, contract, seen.trained_on(version), "another")
    assert another[by_id].all()
    assert another.sum() < 1.01 * by_id.sum()


def test_a_retraining_from_before_places_were_kept_still_knows_its_rows(retrained):
    version = registry.get(settings.load(), "kobe", 2)
    contract, batch = workflows.project_contract("kobe"), workflows.latest_scored("kobe")
    rows = workflows.scored_rows(batch.run_id)
    run = tracking.Run(version.tags["preparation_run"], settings.load())
    before = seen.seen(rows, contract, seen.trained_on(version), batch.fingerprint)
    run.table(Artifact.PRODUCTION_ROWS, seen.known(run.run_id)[["id", "part"]].assign(row=np.uint64(1)))
    np.testing.assert_array_equal(seen.seen(rows, contract, seen.trained_on(version), batch.fingerprint), before)
    # Without ids all labelled rows of the batch count as learned: none of them is evidence by its outcome.
    nameless = seen.seen(rows.drop(columns="shot_id"), contract, seen.trained_on(version), batch.fingerprint)
    assert nameless.sum() == rows["shot_made_flag"].notna().sum()
