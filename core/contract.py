"""What a project's table must look like: the contract, and the check of a table against it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal["number", "integer", "boolean", "category"]


@dataclass(frozen=True)
class Feature:
    """One column that the model may see. `minimum` and `maximum` bound numbers, `categories` lists what is allowed
    (empty: anything); `label` and `unit` are for people."""

    name: str
    kind: Kind
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str, ...] = ()
    label: str = ""
    unit: str = ""

    @property
    def title(self) -> str:
        return self.label or self.name


@dataclass(frozen=True)
class Contract:
    """A project: its name, yes/no target and the features a model may use.

    `id` identifies a row, `time` orders rows, `x` and `y` place a row on a surface (`surface` names the chart
    that can draw it, "half-court" for the Kobe shots). `source` names a built-in source ("kobe") or is empty.
    """

    name: str
    title: str
    target: str
    positive: str
    features: tuple[Feature, ...]
    id: str = ""
    time: str = ""
    x: str = ""
    y: str = ""
    surface: str = ""
    source: str = ""

    @property
    def feature_names(self) -> list[str]:
        return [feature.name for feature in self.features]

    @property
    def fingerprint(self) -> str:
        """Changes with anything that the contract says: sha256 of its canonical JSON, first 16 digits."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]
