"""What a person types is kept whole, or refused before anything is done."""

from __future__ import annotations

import pytest

from core import workflows
from core.text.errors import CourtsideError
from core.text.messages import message
from core.workflows import typed

LONGEST = "é" * typed.MOST_REASON
TOO_LONG = "é" * (typed.MOST_REASON + 1)


def test_the_longest_reason_and_name_are_kept_whole(old_home):
    workflows.promote("loans", 3, reason=f" {LONGEST}\n", who="n" * typed.MOST_NAME)
    change = workflows.changes("loans")[0]
    assert (change.reason, change.who) == (LONGEST, "n" * typed.MOST_NAME)
    workflows.rollback("loans", reason=LONGEST)
    assert workflows.changes("loans")[0].reason == LONGEST
    made = workflows.register("loans", "dt", training_run=workflows.versions("loans")[1].tags["training_run"],
                              reason=LONGEST)  # fmt: skip
    assert workflows.why_despite(made) == LONGEST


def test_a_longer_reason_or_name_is_refused_and_nothing_is_done(old_home):
    before = workflows.changes("loans"), workflows.versions("loans"), workflows.kept_policies("loans")
    for attempt in (
        lambda: workflows.promote("loans", 3, reason=TOO_LONG),
        lambda: workflows.promote("loans", 3, who="n" * (typed.MOST_NAME + 1)),
        lambda: workflows.rollback("loans", reason=TOO_LONG),
        lambda: workflows.register("loans", "lr", reason=TOO_LONG),
        lambda: workflows.keep_policy("loans", workflows.policy("loans").policy, who="n" * (typed.MOST_NAME + 1)),
    ):
        with pytest.raises(CourtsideError, match="Nothing was changed"):
            attempt()
    assert (workflows.changes("loans"), workflows.versions("loans"), workflows.kept_policies("loans")) == before


def test_a_sentence_of_ours_may_be_as_long_as_it_is(old_home):
    why = message("By policy {number}. {evidence}", number=1, evidence=[message("{words}", words="w" * 20_000)])
    workflows.promote("loans", 3, reason=why)
    assert workflows.changes("loans")[0].reason == why
