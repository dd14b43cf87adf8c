"""The pipeline's own probabilities, by a short cut where there is one."""

from __future__ import annotations

import numpy as np
import pytest

from core.data import checking
from core.data.encoding import model_input
from core.scoring import scoring
from tests.scorers import ESTIMATORS, MIXED, NUMBERS, fitted, rows


@pytest.mark.parametrize("kind", ESTIMATORS)
@pytest.mark.parametrize("contract", [NUMBERS, MIXED], ids=lambda contract: contract.name)
def test_probabilities_are_those_of_the_pipeline(scorers, contract, kind):
    batch = rows(5000, seed=2)
    scorer = scorers[contract.name, kind]
    checked = checking.check(batch, contract, labelled=False).rows
    expected = fitted(contract, ESTIMATORS[kind]()).predict_proba(model_input(checked, contract))[:, 1]
    found = scoring.score(batch, scorer).rows["probability"].to_numpy()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_the_short_cut_is_taken_where_there_is_one(scorers):
    ways = {key: scorer.model.way for key, scorer in scorers.items()}
    assert ways["numbers", "linear"] == "scaled and added"
    assert ways["numbers", "boosted"] == ways["numbers", "tree"] == ways["numbers", "forest"] == "scaled"
    assert (ways["mixed", "linear"], ways["mixed", "boosted"]) == ("added", "as it is")
    assert ways["mixed", "calibrated"] == ways["numbers", "network"] == "in blocks"
