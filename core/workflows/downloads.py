"""A scored batch as one file to take away."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from core.store import settings, spreadsheets, tables
from core.workflows import scoring

SPREADSHEET_ROWS = 2**20
FILE = "source_file"
"""Column that says, where a batch was several files, which one a row came from."""


def downloadable(run_id: str) -> tuple[str, ...]:
    """The kinds in which a batch may go through a browser: parquet within the limit of uploads, CSV as far as a
    spreadsheet's last row."""
    batch = scoring.scored(run_id)
    if tables.size(batch.output) > settings.load().upload_megabytes * 2**20:
        return ()
    return ("parquet", "csv") if batch.rows < SPREADSHEET_ROWS else ("parquet",)


def download(run_id: str, kind: str = "parquet") -> bytes:
    """A scored batch as "parquet", or as "csv" in which a spreadsheet runs nothing: every row, as it was scored."""
    output = scoring.scored(run_id).output
    if kind == "csv":
        return _csv(output)
    if output.is_file():
        return output.read_bytes()
    written = io.BytesIO()
    pd.concat(_frames(output), ignore_index=True).to_parquet(written, index=False)
    return written.getvalue()


def _csv(output: Path) -> bytes:
    # The file begins with a mark by which spreadsheets know that it is UTF-8.
    names = list(dict.fromkeys(name for frame in _frames(output, rows=1) for name in frame.columns))
    text = ["\ufeff"]
    for frame in _frames(output):
        safe = spreadsheets.neutralised(frame.reindex(columns=names))
        text.append(safe.to_csv(index=False, header=len(text) == 1, lineterminator="\n"))
    return "".join(text).encode()


def _frames(output: Path, rows: int = 0) -> Iterator[pd.DataFrame]:
    files = tables.files(output)
    for file in files:
        for frame in tables.chunks(file, rows):
            if len(files) > 1 and FILE not in frame:
                frame.insert(0, FILE, file.relative_to(output).as_posix())
            yield frame
            if rows:
                break
