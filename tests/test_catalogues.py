"""Every text of the app stands in both languages, with the same placeholders and the same marks."""

from __future__ import annotations

import ast
import io
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from core.text.language import CATALOGUES, LANGUAGES, number, translate
from core.text.messages import Message

HOUSE = Path(__file__).resolve().parent.parent
FILES = [HOUSE / "Home.py", *sorted((HOUSE / "pages").rglob("*.py")), *sorted((HOUSE / "core").rglob("*.py"))]
DEFINITIONS = {HOUSE / "pages" / "parts" / "state.py", HOUSE / "core" / "messages.py"}
"""Where `_` and `message` are made; what they pass on is no text."""
KEYWORDS = {"_": None, "message": None}
MARKS = re.compile(r":material/\w+:|:[a-z]+\[|\*\*|`")
"""Icons, colours, bold and code of Streamlit's Markdown."""
TEMPLATE = CATALOGUES / "courtside.pot"
PORTUGUESE = CATALOGUES / "pt_BR" / "LC_MESSAGES" / "courtside.po"


def extracted(source: str) -> set[str]:
    """The texts that `make catalogue` finds in a source."""
    return {str(entry[1]) for entry in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS)}


def first_arguments(source: str) -> Iterator[tuple[int, str | None]]:
    """What every call of `_` or `message` in a source begins with: its line, and its text where it is one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called in KEYWORDS:
                first = node.args[0]
                text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
                yield first.lineno, text


def not_literal(source: str) -> list[int]:
    """Lines whose text is put together by the program, which no catalogue can hold."""
    return [line for line, text in first_arguments(source) if text is None]


def not_extracted(source: str) -> set[str]:
    """Texts that the extractor passes over, as it does in f-strings; `make catalogue` would drop their translation."""
    return {text for _, text in first_arguments(source) if text is not None} - extracted(source)


def texts() -> set[str]:
    """Every text in the code."""
    return set().union(*(extracted(path.read_text()) | not_extracted(path.read_text()) for path in FILES))


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def fields(text: str) -> list[tuple[str, str]]:
    return sorted((name, spec or "") for _, name, spec, _ in string.Formatter().parse(text) if name is not None)


def faults(known: Catalog, wanted: set[str]) -> list[str]:
    """What is wrong with a catalogue of the texts `wanted`."""
    entries = {str(entry.id): entry for entry in known if entry.id}
    found = [f"missing: {text}" for text in wanted - entries.keys()]
    found += [f"in no source: {text}" for text in entries.keys() - wanted]
    for text, entry in entries.items():
        if not entry.string:
            found.append(f"empty: {text}")
        elif entry.fuzzy:
            found.append(f"fuzzy: {text}")
        elif fields(text) != fields(str(entry.string)):
            found.append(f"other placeholders: {text}")
        elif sorted(MARKS.findall(text)) != sorted(MARKS.findall(str(entry.string))):
            found.append(f"other marks: {text}")
    return sorted(found)


def sample(spec: str) -> object:
    """A value that a placeholder with this format spec can hold."""
    if not spec:
        return "dataset_kobe_dev.parquet"
    return -1234.5678 if spec[-1] in "%fe" else 1_234_567


def test_the_portuguese_catalogue_says_every_text_and_no_other():
    assert faults(catalogue(PORTUGUESE), texts()) == []


def test_the_template_of_the_catalogues_is_up_to_date():
    assert {entry.id for entry in catalogue(TEMPLATE) if entry.id} == texts()


def test_a_sound_catalogue_has_no_faults():
    text = ":red[:material/error:] **{rows:,} rows** in {file}"
    known = Catalog(locale="pt_BR")
    known.add(text, "{file}: :red[:material/error:] **{rows:,} linhas**")
    assert faults(known, {text}) == []


@pytest.mark.parametrize(
    ("text", "translation", "flags", "fault"),
    [
        ("gone", "sumiu", (), "in no source: gone"),
        ("new", "", (), "empty: new"),
        ("new", "novo", ("fuzzy",), "fuzzy: new"),
        ("{rows:,} rows", "{linhas:,} linhas", (), "other placeholders: {rows:,} rows"),
        ("{rows:,} rows", "{rows} linhas", (), "other placeholders: {rows:,} rows"),
        ("{rows:,} rows", "linhas", (), "other placeholders: {rows:,} rows"),
        (":material/check: done", ":material/close: feito", (), "other marks: :material/check: done"),
        ("**{rows} rows**", "{rows} linhas", (), "other marks: **{rows} rows**"),
        (":gray[old]", ":grey[velho]", (), "other marks: :gray[old]"),
    ],
)
def test_a_faulty_entry_is_found(text, translation, flags, fault):
    known = Catalog(locale="pt_BR")
    known.add(text, translation, flags=flags)
    assert faults(known, {text} - {"gone"}) == [fault]


def test_a_missing_entry_is_found_in_the_real_catalogue():
    known = catalogue(PORTUGUESE)
    known.delete("Overview")
    assert faults(known, texts()) == ["missing: Overview"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_every_text_is_a_literal_that_the_extractor_sees(path):
    source = path.read_text()
    assert path in DEFINITIONS or not_literal(source) == []
    assert not_extracted(source) == set()


def test_a_text_that_is_no_literal_or_hides_in_an_f_string_is_found():
    assert not_literal('_("rows")\nmessage("{rows} rows", rows=2)') == []
    assert not_literal('_(label)\n_(f"{rows} rows")\nmessages.message("a" + name)') == [1, 2, 3]
    assert not_extracted('title = _("rows")\nf"# {title}"') == set()
    assert not_extracted("f\"# {_('rows')}\"") == {"rows"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_renders_with_its_values(language):
    for text in texts():
        values = {name: sample(spec) for name, spec in fields(text)}
        rendered = translate(Message(text, values), language)
        assert rendered
        assert not set("{}") & set(rendered), text
        for name, spec in fields(text):
            assert (number(values[name], spec, language) if spec else values[name]) in rendered, text


def test_numbers_follow_the_language():
    sentence = Message("{rows:,} rows, skill {skill:.1%}", {"rows": 20285, "skill": -0.021})
    assert translate(sentence, "en") == "20,285 rows, skill −2.1\u00a0%"
    assert translate(Message("{rows:,} labelled rows", {"rows": 20285}), "pt_BR") == "20.285 linhas rotuladas"
