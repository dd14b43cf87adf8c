"""A document says the same in both languages, and writes figures as its reader does."""

from __future__ import annotations

import math

import pytest

from core.documents.document import UNKNOWN, between, bounds, figure, said
from core.documents.html import html
from core.documents.markdown import markdown
from core.metrics.intervals import Interval
from tests.nasty import written


def test_a_document_is_written_in_the_language_of_its_reader():
    found = written(("a", "b"))
    english, portuguese = (html(found, language) for language in ("en", "pt_BR"))
    assert '<html lang="en">' in english
    assert '<html lang="pt-BR">' in portuguese
    assert "Model card: a, version 1" in english
    assert "Ficha do modelo: a, versão 1" in portuguese
    assert markdown(found, "pt_BR").startswith("# Ficha do modelo: a, versão 1\n")


@pytest.mark.parametrize(("value", "spec", "english", "portuguese"), [
    (1234.5, ",.1f", "1,234.5", "1.234,5"), (-0.024, "+.1%", "−2.4\N{NO-BREAK SPACE}%", "−2,4\N{NO-BREAK SPACE}%"),
    (None, ".2f", UNKNOWN, UNKNOWN), (math.nan, ".2f", UNKNOWN, UNKNOWN),
])  # fmt: skip
def test_a_figure_is_written_as_its_reader_writes_numbers(value, spec, english, portuguese):
    assert (said(figure(value, spec), "en"), said(figure(value, spec), "pt_BR")) == (english, portuguese)


def test_an_interval_stands_beside_its_figure_and_a_dash_where_there_is_none():
    assert [said(cell, "en") for cell in between(Interval(0.5, 0.25, 0.75), ".2f")] == ["0.50", "0.25 to 0.75"]
    assert between(None, ".2f") == (UNKNOWN, UNKNOWN)
    assert bounds(0.1, None, ".2f") == bounds(math.nan, 0.2, ".2f") == UNKNOWN
