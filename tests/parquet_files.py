"""Parquet files as bytes, whole and damaged."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
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


def lying(path: Path, table: pa.Table, said: int, where: Literal["file", "group", "all"]) -> Path:
    """The table as a parquet file whose footer lies about the rows: of the file, of its row group, or of all."""
    pq.write_table(table, path, store_schema=False)
    data = path.read_bytes()
    size = int.from_bytes(data[-8:-4], "little")
    footer, true, false = data[-8 - size : -8], b"\x16" + _varint(2 * table.num_rows), b"\x16" + _varint(2 * said)
    follows = {"file": b"\x19", "group": b"\x26", "all": b""}[where]  # what comes after the number in each place
    assert true + follows in footer
    footer = footer.replace(true + follows, false + follows)
    path.write_bytes(data[: -8 - size] + footer + len(footer).to_bytes(4, "little") + b"PAR1")
    return path


def _varint(number: int) -> bytes:
    rest, low = divmod(number, 128)
    return bytes([low + 128]) + _varint(rest) if rest else bytes([low])
