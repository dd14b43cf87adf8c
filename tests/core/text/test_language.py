"""Numbers, moments and sentences, as the reader writes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

import numpy as np
import pytest

from core.text import language
from core.text.language import LANGUAGES, catalogue, number, translate, when
from core.text.messages import Message, message

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


def test_a_moment_is_written_in_the_words_of_its_reader():
    moment = datetime(2026, 3, 12, 6, 58, 59)
    assert when(moment, "en") == "12 Mar 2026, 06:58"
    assert when(moment, "pt_BR") == "12 de mar. de 2026, 06:58"


@pytest.mark.parametrize(("chosen", "words"), [("en", "today, 16:58"), ("pt_BR", "hoje, 16:58")])
def test_a_moment_of_today_is_called_so_and_another_day_by_its_date(chosen, words):
    moment = datetime(2026, 3, 12, 16, 58)
    assert language.when(moment, chosen, moment + timedelta(hours=1)) == words
    assert language.when(moment, chosen, moment + timedelta(days=1)).startswith("12 ")
