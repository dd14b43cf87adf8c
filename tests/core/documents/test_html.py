"""A document as a page: what users called their columns does nothing in it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html as entities
import json
import re
from html.parser import HTMLParser

import plotly

from core.documents import html as standalone
from core.documents.html import html
from tests.nasty import NASTY, written


class Seen(HTMLParser):
    """What a browser would make of a page: its elements, attributes and words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
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
