"""Whether the model fits has three answers, and the third says what would tell."""

from __future__ import annotations

from core.monitoring import answers
from core.monitoring.unlabelled import Side
from core.monitoring.verdict import assess
from tests.mixes import CONTRACT, judged, text, world


def test_fits_is_said_where_a_loss_of_a_quarter_is_ruled_out_and_else_how_many_labels_would_tell():
    reference = Side(*world(30_000, 5))
    few, many = (assess(CONTRACT, reference, Side(*world(rows, 3)), 0.5, 1) for rows in (200, 8_000))
    assert (many.fit, str(many.headline)) == ("fits", "The model fits this batch.")
    assert few.fit == "unknown"
    assert few.plan.needed > 200
    assert f"It takes about {few.plan.needed:,} labels" in text(few)
    without = assess(CONTRACT, reference, Side(*world(8_000, 3)[:2]), 0.5, 1)
    assert without.fit == "unknown"
    assert f"About {without.plan.needed:,} labels would rule out a loss" in text(without)


def test_a_test_set_too_small_to_rule_out_a_loss_is_said_to_be_the_reason():
    reference = Side(*world(300, 5))
    found = assess(CONTRACT, reference, Side(*world(3_000, 3)), 0.5, 1)
    assert found.fit == "unknown"
    assert "the test set has too few rows to rule out a loss" in text(found)


def test_only_a_loss_that_labels_show_is_told_as_no_longer_fitting():
    lost = judged(world(3_000, 3, kept=0.5))
    assert answers.shown(lost.facts)
    assert str(lost.answers[0][1]) == "No, as its labels show."
    kept = judged(world(3_000, 3))
    assert not answers.shown(kept.facts)
    assert kept.fit != "does not fit"


def test_what_labels_of_some_rows_differ_in_is_named_by_title_and_the_probability_in_words():
    said = str(answers.some_rows(300, 1_000, ("probability", "x"), {"x": "Age"}))
    assert said.startswith("Only 300 of 1,000 rows have labels")
    assert "differ from the others in the model's probability; Age." in said
