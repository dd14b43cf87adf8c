"""Every text of the app stands in both languages, with the same placeholders."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from core.language import CATALOGUES, translate
from core.messages import Message

HOUSE = Path(__file__).resolve().parent.parent
FILES = [HOUSE / "Home.py", *sorted((HOUSE / "pages").rglob("*.py")), *sorted((HOUSE / "core").rglob("*.py"))]
DEFINITIONS = {"state.py", "messages.py"}


def texts() -> set[str]:
    """Every text in the code, as the extractor of the catalogues finds it."""
    found = set()
    for path in FILES:
        with path.open("rb") as file:
            found |= {entry[1] for entry in extract("python", file, keywords={"_": None, "message": None})}
    return found


def catalogue() -> Catalog:
    with (CATALOGUES / "pt_BR" / "LC_MESSAGES" / "courtside.po").open("rb") as file:
        return read_po(file, locale="pt_BR")


def fields(text: str) -> list[tuple]:
    return sorted((name, spec) for _, name, spec, _ in string.Formatter().parse(text) if name is not None)


def faults(known: Catalog, wanted: set[str]) -> list[str]:
    """What is wrong with a catalogue of the texts `wanted`."""
    entries = {entry.id: entry for entry in known if entry.id}
    found = [f"missing: {text}" for text in wanted - entries.keys()]
    found += [f"in no source: {text}" for text in entries.keys() - wanted]
    for text, entry in entries.items():
        if not entry.string or entry.fuzzy:
            found.append(f"not translated: {text}")
        elif fields(text) != fields(entry.string):
            found.append(f"other placeholders: {text}")
        elif re.findall(r":material/\w+:", text) != re.findall(r":material/\w+:", entry.string):
            found.append(f"other icons: {text}")
    return found


def test_the_portuguese_catalogue_is_complete_and_has_the_same_placeholders():
    assert faults(catalogue(), texts()) == []


def test_a_missing_a_stale_an_empty_and_a_differing_entry_are_found():
    known = Catalog(locale="pt_BR")
    known.add("{rows:,} rows", "{rows} linhas")
    known.add("gone", "sumiu")
    known.add("empty", "")
    assert sorted(faults(known, {"{rows:,} rows", "empty", "new"})) == [
        "in no source: gone",
        "missing: new",
        "not translated: empty",
        "other placeholders: {rows:,} rows",
    ]


def test_every_text_is_a_literal_that_the_extractor_can_see():
    for path in FILES:
        if path.name in DEFINITIONS:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "message"):
                assert isinstance(node.args[0], ast.Constant), f"{path.name}:{node.lineno}"
                assert isinstance(node.args[0].value, str), f"{path.name}:{node.lineno}"


def test_every_text_renders_in_both_languages():
    for text in texts():
        values = {name: 0.5 if spec and spec[-1] in "%fe" else 1234 for name, spec in fields(text)}
        for language in ("en", "pt_BR"):
            rendered = translate(Message(text, values), language)
            assert "{" not in rendered
            assert rendered


def test_numbers_follow_the_language():
    sentence = Message("{rows:,} rows, skill {skill:.1%}", {"rows": 20285, "skill": -0.021})
    assert translate(sentence, "en") == "20,285 rows, skill −2.1\u00a0%"
    assert translate(Message("{rows:,} labelled rows", {"rows": 20285}), "pt_BR") == "20.285 linhas rotuladas"
