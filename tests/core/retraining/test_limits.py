"""Every limit of a policy holds its own default, says what it asks for, and is a field of the policy."""

from __future__ import annotations

from dataclasses import fields

import pytest

from core.metrics.intervals import Interval
from core.retraining.limits import LIMITS, RULES, Evidence
from core.retraining.policies import OFF, Policy, decide
from core.text.language import LANGUAGES, translate

BEFORE, FALLEN = Interval(0.1, 0.09, 0.11), Interval(0.01, 0.0, 0.02)
ASKING = {
    "skill_share": Evidence(skill=FALLEN, reference_skill=BEFORE),
    "auc_points": Evidence(roc_auc=Interval(0.6, 0.59, 0.61), reference_roc_auc=Interval(0.7, 0.69, 0.71)),
    "domain_auc": Evidence(domain_auc=Interval(0.95, 0.93, 0.97)),
    "outside_share": Evidence(outside_share=0.9),
    "estimated_share": Evidence(estimated_skill=FALLEN, reference_skill=BEFORE),
    "days": Evidence(days=400.0),
    "rows": Evidence(rows=10**7),
}


def test_a_policy_has_a_field_for_each_limit_with_its_default_and_one_more():
    assert [field.name for field in fields(Policy)] == [*LIMITS, "promote"]
    for key, limit in LIMITS.items():
        assert getattr(Policy(), key) == limit.default


@pytest.mark.parametrize("key", LIMITS)
def test_a_limit_begins_within_its_bounds_and_says_in_every_language_when_it_asks(key):
    limit = LIMITS[key]
    assert limit.rule in RULES
    assert limit.low <= limit.start <= limit.high
    assert limit.default is None or limit.low <= limit.default <= limit.high
    assert len({translate(limit.meaning, language) for language in LANGUAGES}) == len(LANGUAGES)
    assert format(int(limit.start) if limit.whole else limit.start, limit.spec)


@pytest.mark.parametrize("key", LIMITS)
def test_a_limit_asks_on_evidence_beyond_it_and_not_where_it_is_off_or_nothing_is_known(key):
    limit = LIMITS[key]
    asked = decide(Policy(**OFF | {key: limit.start}), ASKING[key])
    assert (asked.retrain, asked.trigger) == (True, limit.rule)
    assert not decide(Policy(**OFF), ASKING[key]).retrain
    assert not decide(Policy(**OFF | {key: limit.start}), Evidence()).retrain
