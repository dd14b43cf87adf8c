"""What a field of the store can hold, and what becomes of a value that is longer.

MLflow cuts parameters at 6,000 characters and tags at 8,000 (5,000 before its version 2), logs it and goes on: what is
read back is no longer what was written. Here a longer value keeps its beginning in its field, ended by "…", and lies
whole in the artifact `LONG_VALUES`, from where it is read. Measured in docs/decisions/0026.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
PARAMETER, TAG, KEY = 6_000, 5_000, 250
"""The most characters of a parameter, a tag, and the name of a metric."""
SCHEMA = 1_000_000
"""The most characters of a dataset's schema."""
PARAMETERS_AT_ONCE, METRICS_AT_ONCE = 100, 1_000
"""What a tracking server takes in one request."""
LONG_VALUES = "long_values.json"
"""Artifact of a run: its values that are longer than their fields, by "parameters" and "tags", whole."""
MARK = "…"
DIGITS = 8


def shortened(text: str, most: int) -> str:
    """The text if it has at most `most` characters, else its beginning and a mark that something is missing."""
    return text if len(text) <= most else text[: most - len(MARK)] + MARK


def is_shortened(text: str, most: int) -> bool:
    """Whether a field of `most` characters holds the beginning of a longer text."""
    return len(text) == most and text.endswith(MARK)


def too_long(values: Mapping[str, str], most: int) -> dict[str, str]:
    """Those of the values that have more than `most` characters."""
    return {name: value for name, value in values.items() if len(value) > most}


def readable(text: str) -> str:
    """A text that every store takes: bytes of a file's name that are no text are written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def kept_schema(schema: str | None) -> str | None:
    """A dataset's schema, None where it is too long: the run's contract and its tables have the columns, too."""
    return schema if schema and len(schema) <= SCHEMA else None


def metric_keys(names: Iterable[str]) -> dict[str, str]:
    """By name the key of a metric. A metric may be named after a column, and MLflow takes neither every character in
    its keys nor every length; two names never share a key."""
    found: dict[str, str] = {}
    for name in names:
        key = re.sub(r"[^\w./ :-]", "_", name)
        if len(key) > KEY or key in found.values() or not _is_plain_path(key):
            digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]
            key = f"{_as_plain_path(key)[: KEY - DIGITS - 1]}_{digest}"
        found[name] = key
    return found


def portions(values: Sequence[T], most: int) -> Iterator[list[T]]:
    """The values in their order, at most so many at a time."""
    rest = iter(values)
    while some := list(islice(rest, most)):
        yield some


def _is_plain_path(key: str) -> bool:
    # MLflow's rule: a key may become a file's name, and must not lead elsewhere.
    return bool(key) and posixpath.normpath(key) == key and key != "." and not key.startswith(("..", "/"))


def _as_plain_path(key: str) -> str:
    return key if _is_plain_path(key[: KEY - DIGITS - 1]) else re.sub(r"[./]", "_", key)
