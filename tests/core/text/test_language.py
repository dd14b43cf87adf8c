"""A sentence is a value: it goes through JSON unharmed and is written in its reader's language."""

import json
from datetime import datetime
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from core.data.contract import load
from core.store.settings import HOUSE
from core.text.errors import CourtsideError, NothingYet
from core.text.language import LANGUAGES, catalogue, named, number, translate, when
from core.text.messages import Message, message, silent
from core.text.shipped_titles import TITLES

# Numbers


@pytest.mark.parametrize(
    ("value", "spec", "english", "portuguese"),
    [
        (1234567, ",", "1,234,567", "1.234.567"),
        (1234567, "", "1234567", "1234567"),
        (1234.5, ",.2f", "1,234.50", "1.234,50"),
        (-0.0214, ".4f", "\N{MINUS SIGN}0.0214", "\N{MINUS SIGN}0,0214"),
        (-0.0214, "+.1%", "\N{MINUS SIGN}2.1\xa0%", "\N{MINUS SIGN}2,1\xa0%"),
        (0.5, "+.0%", "+50\xa0%", "+50\xa0%"),
        (1e-7, ".0e", "1e\N{MINUS SIGN}07", "1e\N{MINUS SIGN}07"),
        (0.1, "", "0.1", "0,1"),
    ],
)
def test_a_number_is_written_as_its_language_writes_it(value, spec, english, portuguese):
    assert number(value, spec, "en") == english
    assert number(value, spec, "pt_BR") == portuguese
    sentence = Message("{value:" + spec + "}", {"value": value})
    assert (translate(sentence, "en"), translate(sentence, "pt_BR")) == (english, portuguese)


@pytest.mark.parametrize("kind", [np.int64, np.int16, np.float64, np.float32, int, float, Fraction])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_is_written_alike_whatever_library_it_comes_from(kind, language):
    spec = "" if kind is Fraction else ",.0f"
    plain = translate(message("{value}" if not spec else "{value:,.0f}", value=-12345), language)
    found = translate(message("{value}" if not spec else "{value:,.0f}", value=kind(-12345)), language)
    assert found == plain
    assert found[0] == "\N{MINUS SIGN}"


def test_texts_and_truth_values_are_no_numbers():
    sentence = message("{name} {known}", name="a-1,5.2", known=True)
    assert translate(sentence, "pt_BR") == translate(sentence, "en") == "a-1,5.2 True"


# Sentences


def test_a_sentence_is_english_unless_asked_otherwise():
    sentence = message("column {name} appears more than once", name="lat")
    assert str(sentence) == translate(sentence, "en") == "column lat appears more than once"
    assert translate(sentence, "pt_BR") == "a coluna lat aparece mais de uma vez"


def test_a_sentence_that_no_catalogue_has_stays_english():
    sentence = message("{rows:,} rows that nobody translated", rows=1234)
    assert translate(sentence, "pt_BR") == "1.234 rows that nobody translated"
    assert translate(sentence, "xx") == "1,234 rows that nobody translated"


def test_an_empty_sentence_is_empty_and_not_the_head_of_the_catalogue():
    assert [translate(message(""), language) for language in LANGUAGES] == ["", ""]
    assert catalogue("pt_BR").gettext("") != ""


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


def test_a_moment_is_written_in_the_words_of_its_reader():
    moment = datetime(2026, 3, 12, 6, 58, 59)
    assert when(moment, "en") == "12 Mar 2026, 06:58"
    assert when(moment, "pt_BR") == "12 de mar. de 2026, 06:58"


def test_an_error_says_its_message_and_its_hint():
    error = NothingYet(message("{rows:,} rows", rows=1000), message("Bring more."))
    assert str(error) == "1,000 rows Bring more."
    assert isinstance(error, CourtsideError)
    assert (error.message.values, error.hint) == ({"rows": 1000}, message("Bring more."))


# Through JSON

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


@pytest.mark.parametrize("path", sorted((HOUSE / "data" / "contracts").glob("*.toml")), ids=lambda path: path.stem)
def test_every_title_of_a_shipped_contract_is_said_in_portuguese(path):
    contract = load(path)
    words = {contract.title, *(word for one in contract.features for word in (one.title, one.unit) if word)}
    assert words <= TITLES


def test_a_title_inside_a_sentence_follows_the_reader_and_a_user_s_own_word_does_not():
    stored = json.dumps(message("{features} changed", features=["Shot distance", "loan amount"]).as_dict())
    again = Message.from_dict(json.loads(stored))
    assert translate(again, "en") == "Shot distance, loan amount changed"
    assert translate(again, "pt_BR") == "Distância, loan amount changed"
    assert named("Monitor", "pt_BR") == "Monitor"


def test_a_title_is_said_in_the_readers_language_only_where_it_may_be_a_shipped_one():
    sentence = message("{name} matters most.", name="Season")
    assert translate(sentence, "pt_BR").startswith("Temporada")
    assert translate(sentence, "pt_BR", titles=False).startswith("Season")
    around = Message("{what}", {"what": sentence})
    assert translate(around, "pt_BR", titles=False).startswith("Season")


def test_whole_sentences_follow_each_other_and_clauses_take_a_semicolon():
    sentences = [message("It stands alone."), message("Done")]
    assert translate(Message("{all}", {"all": sentences[:1] * 2}), "en") == "It stands alone. It stands alone."
    assert translate(Message("{all}", {"all": sentences}), "en") == "It stands alone.; Done"
    assert translate(Message("{all}", {"all": ["a", "b"]}), "en") == "a, b"


def test_nobody_hears_silent_progress():
    assert silent(1, 2, message("Half")) is None
