"""A document as Markdown, in which every text stays a text."""

from __future__ import annotations

import re

import pytest

from core.documents.document import Document, Section
from core.documents.markdown import markdown, part, within
from core.text.messages import message
from tests.nasty import NASTY, written


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


def test_a_shortened_document_ends_with_a_whole_section():
    sections = tuple(Section(message("Data"), (f"part {number} " + "x" * 50,)) for number in range(5))
    found = Document(message("Skill"), ("lead",), sections)
    short = within(found, "en", 200)
    assert len(short) <= 200
    assert "part 1" in short
    assert "part 2" not in short
    assert within(found, "en", 10_000) == markdown(found, "en").rstrip("\n")
