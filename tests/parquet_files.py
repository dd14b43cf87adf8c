"""Parquet files as bytes, whole and damaged."""

from __future__ import annotations

import io

import pandas as pd
from hypothesis import strategies as st

FRAME = pd.DataFrame({"number": [1.5, None, 3.0], "whole": [1, 2, 3], "text": ["a", "ção", None]})


def parquet_bytes(frame: pd.DataFrame = FRAME) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


WHOLE = parquet_bytes()


@st.composite
def damaged(draw) -> bytes:
    content = bytearray(WHOLE)
    for place, byte in draw(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=8)):
        content[place] = byte
    return bytes(content[: draw(st.integers(0, len(WHOLE)))]) if draw(st.booleans()) else bytes(content)
