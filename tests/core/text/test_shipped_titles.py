"""Titles of shipped contracts are said in the reader's language; a user's own words stay."""

from __future__ import annotations

import json

import pytest

from core.data.contract import load
from core.store.settings import HOUSE
from core.text.language import named, translate
from core.text.messages import Message, message
from core.text.shipped_titles import TITLES


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
