"""Policies: each rule asks on its own evidence, keeps silent without it, and says which it was."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.metrics.intervals import Interval
from core.retraining.limits import Evidence
from core.retraining.policies import OFF, Decision, Policy, decide
from core.text.errors import CourtsideError


def around(value: float, width: float = 0.01) -> Interval:
    return Interval(value, value - width, value + width)


SOUND = Evidence(
    skill=around(0.09),
    reference_skill=around(0.10),
    roc_auc=around(0.69),
    reference_roc_auc=around(0.70),
    domain_auc=around(0.52),
    outside_share=0.01,
    estimated_skill=around(0.10),
    days=10.0,
    rows=1_000,
)
EVERY = Policy(days=30, rows=5_000)


def test_sound_evidence_asks_for_nothing_and_every_limit_says_so():
    found = decide(EVERY, SOUND)
    assert not found.retrain
    assert found.trigger is None
    assert len(found.reasons) == len(found.findings) == 7
    assert all(one.asks is False for one in found.findings)


@pytest.mark.parametrize(
    ("change", "rule", "said"),
    [
        ({"skill": around(0.03)}, "reactive", "Skill is 3.0% (2.0% to 4.0%), 10.0% on the reference"),
        ({"roc_auc": around(0.60)}, "reactive", "AUC is 0.600 (0.590 to 0.610), 0.700 on the reference"),
        ({"domain_auc": around(0.95)}, "predictive", "with an AUC of 0.95 (0.94 to 0.96); the limit is 0.80."),
        ({"outside_share": 0.97}, "predictive", "97% of the rows lie outside"),
        ({"estimated_skill": around(0.02)}, "predictive", "Estimated skill is 2.0%"),
        ({"days": 30.0}, "age", "trained 30 days before"),
        ({"rows": 5_000}, "rows", "5,000 rows were scored"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_each_limit_asks_when_it_is_passed_and_is_named(change, rule, said):
    found = decide(EVERY, replace(SOUND, **change))
    assert found.retrain
    assert found.trigger == rule
    assert [found.says(name) for name in ("reactive", "predictive", "age", "rows")].count(True) == 1
    assert len(found.reasons) == 1
    assert said in str(found.reasons[0]).replace("\N{NO-BREAK SPACE}", "")
    assert not decide(Policy(**OFF), replace(SOUND, **change)).retrain


def test_a_fall_within_its_interval_asks_for_nothing():
    fallen = replace(SOUND, skill=around(0.03, 0.1), roc_auc=around(0.60, 0.2))
    assert decide(EVERY, fallen).says("reactive") is False


def test_what_is_not_known_decides_nothing_and_says_so():
    found = decide(EVERY, Evidence())
    assert not found.retrain
    assert {one.asks for one in found.findings} == {None}
    assert "Too few labels to measure skill." in map(str, found.reasons)


def test_labels_outrank_drift_as_the_trigger():
    both = replace(SOUND, skill=around(-0.05), domain_auc=around(0.99), days=99.0)
    found = decide(EVERY, both)
    assert found.trigger == "reactive"
    assert found.says("predictive")
    assert found.says("age")


def test_limits_that_make_no_sense_are_refused_all_at_once():
    with pytest.raises(CourtsideError) as refused:
        Policy(domain_auc=0.3, days=0)
    assert "domain_auc is 0.3" in str(refused.value.message)
    assert "days is 0" in str(refused.value.message)


limits = st.one_of(st.none(), st.floats(0, 1))


@given(limits, st.floats(-1, 1), st.floats(0, 0.5))
def test_a_wider_limit_never_asks_where_a_narrower_one_did_not(limit, skill, width):
    found = replace(SOUND, skill=around(skill, width))
    narrow = decide(Policy(**OFF | {"skill_share": limit}), found)
    wide = decide(Policy(**OFF | {"skill_share": None if limit is None else min(limit + 0.3, 1.0)}), found)
    assert narrow.retrain or not wide.retrain


def test_policy_evidence_and_decision_survive_json():
    decision = decide(EVERY, SOUND)
    assert Policy.from_dict(json.loads(json.dumps(EVERY.as_dict()))) == EVERY
    assert Evidence.from_dict(json.loads(json.dumps(SOUND.as_dict()))) == SOUND
    assert Decision.from_dict(json.loads(json.dumps(decision.as_dict()))) == decision
