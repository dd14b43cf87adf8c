"""A sentence is a value: nested, stored, and equal again."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from core.text.language import LANGUAGES, translate
from core.text.messages import Message, message, silent


def test_sentences_within_sentences_and_lists_are_translated_too():
    faults = [message("column {name} appears more than once", name=name) for name in ("lat", "lon")]
    sentence = message("{faults}: {values:.1f} ({names})", faults=faults, values=[0.25, 1000], names=("a", "b"))
    assert str(sentence) == ("column lat appears more than once; column lon appears more than once: 0.2, 1000.0 (a, b)")
    assert translate(sentence, "pt_BR") == (
        "a coluna lat aparece mais de uma vez; a coluna lon aparece mais de uma vez: 0,2, 1000,0 (a, b)"
    )


@pytest.mark.parametrize("text", ["{rows}", "{", "}", "{0}", "%s", "{name.__class__}"])
def test_braces_in_a_value_are_text(text):
    assert str(message("column {name} appears more than once", name=text)) == f"column {text} appears more than once"


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.builds(Message, st.text(max_size=5), st.dictionaries(st.text(max_size=5), inner, max_size=3))
    ),
    max_leaves=8,
)


@budget(derandomize=True, deadline=None)
@given(st.builds(Message, st.text(), st.dictionaries(st.text(), values, max_size=4)))
def test_any_message_comes_back_equal_from_json(sentence):
    assert Message.from_dict(json.loads(json.dumps(sentence.as_dict()))) == sentence


def test_numpy_numbers_and_tuples_come_back_as_plain_ones():
    sentence = message(
        "{rows:,} {share:.1%} {many} {known} {nested}",
        rows=np.int64(12345),
        share=np.float32(0.5),
        many=(np.int8(1), np.float64(2.5), "x"),
        known=np.bool_(True),
        nested=message("{n}", n=np.uint64(7)),
    )
    stored = json.loads(json.dumps(sentence.as_dict()))
    again = Message.from_dict(stored)
    assert again.values == {
        "rows": 12345,
        "share": 0.5,
        "many": [1, 2.5, "x"],
        "known": True,
        "nested": Message("{n}", {"n": 7}),
    }
    assert again.as_dict() == stored
    for language in LANGUAGES:
        assert translate(again, language) == translate(sentence, language)
    assert translate(again, "pt_BR") == "12.345 50,0\xa0% 1, 2,5, x True 7"


def test_a_stored_message_is_read_in_either_language():
    stored = json.dumps(message("column {name} appears more than once", name="lat").as_dict())
    again = Message.from_dict(json.loads(stored))
    assert translate(again, "pt_BR") == "a coluna lat aparece mais de uma vez"


def test_whole_sentences_follow_each_other_and_clauses_take_a_semicolon():
    sentences = [message("It stands alone."), message("Done")]
    assert translate(Message("{all}", {"all": sentences[:1] * 2}), "en") == "It stands alone. It stands alone."
    assert translate(Message("{all}", {"all": sentences}), "en") == "It stands alone.; Done"
    assert translate(Message("{all}", {"all": ["a", "b"]}), "en") == "a, b"


def test_nobody_hears_silent_progress():
    assert silent(1, 2, message("Half")) is None
