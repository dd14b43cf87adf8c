"""What a figure draws, as plain values, and every look that it may be drawn in."""

from __future__ import annotations

import base64
import json

import numpy as np

from core.charts import Look

LOOKS = [Look(mode, language) for mode in ("light", "dark") for language in ("en", "pt_BR")]
NBSP, MINUS = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"


def plain(figure) -> dict:
    """The figure as a browser gets it, packed arrays unpacked."""

    def unpacked(value):
        if isinstance(value, dict) and {"bdata", "dtype"} <= value.keys():
            array = np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"])
            return array.reshape([int(n) for n in value["shape"].split(",")]) if "shape" in value else array
        if isinstance(value, dict):
            return {key: unpacked(item) for key, item in value.items()}
        return [unpacked(item) for item in value] if isinstance(value, list) else value

    return unpacked(json.loads(figure.to_json()))


def traces(figure, kind: str) -> list[dict]:
    return [trace for trace in plain(figure)["data"] if trace["type"] == kind]


def words(figure) -> list[str]:
    return [annotation["text"] for annotation in plain(figure)["layout"].get("annotations", [])]
