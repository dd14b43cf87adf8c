"""Which strategies a replay compares."""

from __future__ import annotations

from dataclasses import replace

from core.retraining.policies import OFF, Policy
from core.retraining.strategies import strategies


def test_the_policy_in_force_stands_beside_the_others_where_it_is_another_one():
    known = [one.key for one in strategies(Policy(), 3)]
    assert known == ["never", "each", "every", "reactive", "predictive", "policy"]
    reactive = next(one.policy for one in strategies(Policy(), 3) if one.key == "reactive")
    assert [one.key for one in strategies(replace(reactive, promote=True), 1)] == [
        "never",
        "each",
        "reactive",
        "predictive",
    ]
    strict = Policy(**OFF | {"skill_share": 0.0})
    assert next(one.policy for one in strategies(strict, 1) if one.key == "reactive") == strict
