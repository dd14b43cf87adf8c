"""An error says what was found and what to do next."""

from __future__ import annotations

from core.text.errors import CourtsideError, NothingYet
from core.text.messages import message


def test_an_error_says_its_message_and_its_hint():
    error = NothingYet(message("{rows:,} rows", rows=1000), message("Bring more."))
    assert str(error) == "1,000 rows Bring more."
    assert isinstance(error, CourtsideError)
    assert (error.message.values, error.hint) == ({"rows": 1000}, message("Bring more."))
