"""The kinds of column: each is read, checked and drafted by its own entry, and a new one needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from core.data import checking, contract, encoding, fast_check, kinds
from core.data.contract import Contract, Feature
from core.data.kinds import KINDS, ColumnKind
from core.data.profile import profile
from core.monitoring.drift import drift
from core.monitoring.profiles import count
from core.monitoring.profiles import profile as profile_of
from core.text.language import LANGUAGES, translate
from core.text.messages import message


def hours(values: pd.Series) -> pd.Series:
    """Durations like "1:30" as hours."""
    return pd.to_timedelta(values.astype(str) + ":00", errors="coerce").dt.total_seconds() / 3600


@pytest.fixture
def duration() -> Iterator[Contract]:
    kinds.register(ColumnKind("duration", message("numbers"), message("a date"), hours, ordered=True, written=True))
    yield contract.loads("""
        name = "calls"
        title = "Calls"
        target = "bought"
        positive = "1"

        [[features]]
        name = "lasted"
        kind = "duration"
        maximum = 10
        """)
    del KINDS["duration"]


def test_a_new_kind_is_read_checked_profiled_and_watched_by_its_entry_alone(duration):
    table = pd.DataFrame({"lasted": ["0:30", "1:00", "1:30", "long", "11:00"] * 40, "bought": [0, 1, 1, 0, 1] * 40})
    checked = checking.check(table, duration, labelled=True)
    assert checked.rows["lasted"].tolist() == [0.5, 1.0, 1.5] * 40
    assert checked.rejected["reason"].iloc[:2].tolist() == [
        "lasted should be a date and is long",
        "lasted should be a date and is 11:00",
    ]
    column = fast_check.read(table["lasted"], duration.features[0])
    assert column.failed.tolist() == [False, False, False, True, True] * 40
    assert encoding.model_input(checked.rows, duration)["lasted"].dtype == "float64"
    described = profile(checked.rows, duration, nulls={}, duplicates=0, both_sides=0, test_rows=0)
    assert described.columns[0].kind == "duration"
    before = profile_of(checked.rows["lasted"], duration.features[0])
    assert drift(before, count(checked.rows["lasted"] + 5, before)).drifted
    assert not drift(before, before).drifted
    assert contract.loads(contract.dumps(duration)) == duration


def test_a_kind_that_is_not_registered_is_refused(duration):
    text = contract.dumps(duration).replace('"duration"', '"colour"')
    with pytest.raises(contract.CourtsideError, match="colour"):
        contract.loads(text)


def test_a_key_is_taken_once():
    with pytest.raises(ValueError, match="number already"):
        kinds.register(KINDS["number"])


@pytest.mark.parametrize("key", list(KINDS))
def test_a_kind_has_its_key_a_title_in_every_language_and_traits_that_agree(key):
    kind = KINDS[key]
    assert kind.key == key
    assert len({translate(kind.title, language) for language in LANGUAGES}) == len(LANGUAGES)
    assert not (kind.text and (kind.ordered or kind.whole))
    assert kind.yes_no == (key == "boolean")
    assert np.isfinite([kind.low, kind.high]).all() == kind.whole
    assert Feature("x", key).traits is kind
