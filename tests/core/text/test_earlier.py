"""Sentences that earlier releases stored are read in both languages, although nothing writes them any more."""

from __future__ import annotations

from core.text.earlier import EARLIER
from core.text.language import translate
from core.text.messages import Message

STORED = {"ece": 0.061, "low": 0.052, "high": 0.07, "limit": 0.05, "error": 0.06, "skill": 0.066}


def test_a_sentence_of_an_earlier_release_is_read_in_both_languages():
    for sentence in EARLIER:
        kept = Message.from_dict({"template": sentence.template, "values": STORED})
        assert translate(kept, "pt_BR") != translate(kept, "en")
    said = [translate(Message(one.template, STORED), "pt_BR") for one in EARLIER]
    assert said[0] == "O erro de calibração é 0,061 [0,052, 0,070]; o máximo pedido é 0,05."
