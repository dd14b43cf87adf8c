"""What every reader of stored values has in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def known(kind: type[DataclassInstance], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Those keys of `stored` that are fields of the dataclass `kind`.

    A newer Courtside may have written more of them: what an older one does not know it leaves out.

        >>> from core.text.messages import Message
        >>> known(Message, {"template": "{rows} rows", "values": {"rows": 3}, "tone": "calm"})
        {'template': '{rows} rows', 'values': {'rows': 3}}
    """
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in stored.items() if name in names}
