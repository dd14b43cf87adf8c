"""Sentences as values: a template in English and the values that fill it.

A verdict is computed once and read by people in two languages, on a page, in a run and in a report. So the
core never formats a sentence; it returns a `Message`, and `core.text.language` renders it for its reader.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Message:
    """One sentence: `template` is the English source and the key of the catalogues, `values` fill its fields.

    Values are numbers, strings, other messages, or lists of these; format specs are Python's (`{rows:,}`,
    `{skill:.1%}`). `as_dict` and `from_dict` carry it through JSON, so that a stored verdict can still be
    read in either language.
    """

    template: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        from core.text.language import translate

        return translate(self, "en")

    def as_dict(self) -> dict[str, Any]:
        return {"template": self.template, "values": {key: _pack(value) for key, value in self.values.items()}}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Message:
        return cls(stored["template"], {key: _unpack(value) for key, value in stored["values"].items()})


def message(template: str, **values: object) -> Message:
    """A `Message`; the name by which the catalogue's extractor finds every sentence of the core.

    >>> kept = message("{rows:,} rows were kept.", rows=16228)
    >>> str(kept)
    '16,228 rows were kept.'
    >>> kept.template
    '{rows:,} rows were kept.'
    """
    return Message(template, values)


def tags(name: str, text: str | Message | Sequence[Message]) -> dict[str, str]:
    """The tags that keep a text under `name`: words for other tools and, for sentences of the core, what lets `tagged`
    say them in either language again."""
    if isinstance(text, str):
        return {name: text}
    sentences = [text] if isinstance(text, Message) else text
    packed = [sentence.as_dict() for sentence in sentences]
    return {name: "\n".join(map(str, sentences)), f"{name}_messages": json.dumps(packed, ensure_ascii=False)}


def tagged(name: str, kept: Mapping[str, str]) -> tuple[str | Message, ...]:
    """What `tags` kept: a person's words as they are, sentences of the core as messages; nothing for an empty text."""
    packed = kept.get(f"{name}_messages")
    if packed:
        return tuple(map(Message.from_dict, json.loads(packed)))
    return (kept[name],) if kept.get(name) else ()


Progress = Callable[[int, int, Message], None]
"""What long work calls with (steps done, steps in all, what is being done)."""


def silent(done: int, total: int, what: Message) -> None:
    """The `Progress` of someone who does not look."""


def _pack(value: object) -> object:
    if isinstance(value, Message):
        return value.as_dict()
    if isinstance(value, list | tuple):
        return [_pack(item) for item in value]
    return value.item() if hasattr(value, "item") else value


def _unpack(value: object) -> object:
    if isinstance(value, dict):
        return Message.from_dict(value)
    if isinstance(value, list):
        return [_unpack(item) for item in value]
    return value
