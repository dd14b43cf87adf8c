"""A document says the same in both languages and formats, and what users called their columns does nothing in it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html as entities
import json
import math
import re
from html.parser import HTMLParser

import plotly
import pytest

from core.charts import performance
from core.documents import html as standalone
from core.documents.document import UNKNOWN, Chart, Document, Points, Section, Table, between, bounds, figure, said
from core.documents.html import html
from core.documents.markdown import markdown, part, within
from core.metrics.intervals import Interval
from core.text.messages import message

NASTY = (
    '</script><script>window.hit=1</script>',
    '"><img src=x onerror=window.hit=1>',
    "'); window.hit=1; //",
    "<!--<script>",
    "{0} {title} {{x}} %s ${1+1}",
    "[a](javascript:window.hit=1) ![b](http://example.org/x.png)",
    "a | b |\n| --- |",
    "`code` *bold* _it_ ~~gone~~ # no\n# heading\n- item",
    "https://example.org/x www.example.org",
    "&lt;b&gt; &amp;",
)  # fmt: skip


def written(texts: tuple[str, ...]) -> Document:
    """A document that holds each of the texts wherever a text can stand."""
    title = message("Model card: {project}, version {version}", project=texts[0], version=1)
    table = Table(message("What changed"), (message("Feature"), *texts), tuple((text, *texts) for text in texts))
    rows = [(text, 0.1, 0.0, 0.2, "current") for text in texts]
    chart = Chart(message("Skill"), performance.intervals, (rows,), message("{name} drifted most.", name=texts[1]))
    return Document(title, texts, (Section(message("Data"), (*texts, Points(texts), table, chart)),))


class Seen(HTMLParser):
    """What a browser would make of a page: its elements, attributes and words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements, self.attributes, self.words = [], [], []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_nothing_that_a_column_is_called_becomes_an_element_or_an_attribute():
    plain, nasty = (Seen(html(written(texts), "en")) for texts in (("a",) * len(NASTY), NASTY))
    assert nasty.elements == plain.elements
    assert [name for name, __ in nasty.attributes] == [name for name, __ in plain.attributes]
    assert nasty.elements.count("script") == 3
    words = "".join(nasty.words)
    for text in NASTY:
        assert " ".join(text.split()) in words


def test_the_charts_of_a_nasty_table_can_be_read_back_and_show_their_names_literally():
    page = html(written(NASTY), "en")
    stored = re.search(r'<script type="application/json" id="charts">(.*?)</script>', page, re.S)[1]
    assert "<" not in stored
    axis = json.loads(stored)[0]["light"]["layout"]["yaxis"]["ticktext"]
    assert not any(re.search(r"<(?!br>)", name) for name in axis)
    assert entities.unescape(axis[1].replace("<br>", " ")).startswith('"><img src=x')


def test_a_page_lets_a_browser_run_its_two_scripts_and_fetch_nothing():
    page = html(written(("a", "b")), "en")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert policy.startswith("default-src 'none'")
    script = page.rpartition("<script>")[2].partition("</script>")[0]
    library = gzip.decompress(standalone.LIBRARY.read_bytes())
    for run in (script.encode(), library):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(run).digest()).decode()}'" in policy
    assert "'unsafe-eval'" not in policy
    assert "script-src 'unsafe-inline'" not in policy


def test_the_library_is_the_recorded_one_and_speaks_what_plotly_writes():
    record = (standalone.ASSETS / "README.md").read_text()
    packed = standalone.LIBRARY.read_bytes()
    library = gzip.decompress(packed)
    for content in (packed, library):
        assert hashlib.sha256(content).hexdigest() in record
    version = re.search(rb"plotly\.js \(basic - minified\) v(\S+)", library)[1].decode()
    assert f"| {version}," in record
    assert version == re.search(r"plotly\.js v(\S+)", plotly.offline.get_plotlyjs()[:300])[1]


def test_markdown_makes_nothing_of_a_text_but_the_text():
    lines = markdown(written(NASTY), "en").split("\n")
    expected = {" ".join(text.split()) for text in NASTY}
    paragraphs = [line for line in lines if line and not line.startswith(("#", "**", "| ", "- ", "*"))]
    assert {unescaped(line) for line in paragraphs} == expected
    assert {unescaped(line.removeprefix("- ")) for line in lines if line.startswith("- ")} == expected
    rows = [
        re.split(r"(?<!\\) \| ", line.removeprefix("| ").removesuffix(" |")) for line in lines if line.startswith("| ")
    ]
    assert {len(row) for row in rows} == {len(NASTY) + 1}
    assert all({unescaped(cell) for cell in row} == expected for row in rows[2:][:1])
    for line in lines:
        bare = re.sub(r"\\.", "", line.removeprefix("| ").removesuffix(" |").replace(" | ", " "))
        assert not re.search(r"[<>`|\[\]$&~]|https?:|www\.", bare), line


@pytest.mark.parametrize("text", ["# a", "- a", "+ a", "1. a", "12) a", "---", "===", "#"])
def test_a_paragraph_that_looks_like_a_block_stays_a_paragraph(text):
    line = part(text, "en")
    assert line == text[: len(text) - len(text.lstrip("0123456789"))] + "\\" + text.lstrip("0123456789")


@pytest.mark.parametrize("text", ["0.676 is low", "-2.4 %", "+1", "a - b", "2024-11-24"])
def test_a_text_that_needs_no_escape_gets_none(text):
    assert part(text, "en") == text


def unescaped(line: str) -> str:
    return re.sub(r"\\(.)", r"\1", line)


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


def test_a_shortened_document_ends_with_a_whole_section():
    sections = tuple(Section(message("Data"), (f"part {number} " + "x" * 50,)) for number in range(5))
    found = Document(message("Skill"), ("lead",), sections)
    short = within(found, "en", 200)
    assert len(short) <= 200
    assert "part 1" in short
    assert "part 2" not in short
    assert within(found, "en", 10_000) == markdown(found, "en").rstrip("\n")
