"""What a newer version added is left out, what is known is kept."""

from __future__ import annotations

from core.metrics.intervals import Interval
from core.text.stored import known


def test_keys_that_are_no_field_are_left_out_and_fields_are_kept():
    assert known(Interval, {"value": 1.0, "low": 0.5, "high": 2.0, "level": 0.95}) == {
        "value": 1.0,
        "low": 0.5,
        "high": 2.0,
    }


def test_a_field_that_was_not_stored_is_not_made_up():
    assert known(Interval, {"value": 1.0}) == {"value": 1.0}
