"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Gives a path beside `path` to write a file to, and renames it to `path` once the block has ended well.

    Whoever looks meanwhile sees the old file or none, never half of the new one; after an error it stays so.
    Missing folders are made. The file's bytes are on the disk before the rename.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{uuid.uuid4().hex}.part"
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Writes the columns of `frame`, without its index: the same frame gives the same bytes."""
    with atomic(path) as temporary:
        frame.to_parquet(temporary, engine="pyarrow", compression="snappy", index=False)


def write_text(text: str, path: Path) -> None:
    """Writes `text` as UTF-8, its line ends as they are."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")
