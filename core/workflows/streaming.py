"""Scores files of any size in constant memory: record batches in, one parquet file out, there whole or not at all."""

from __future__ import annotations

import base64
import errno
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from core.data import checking
from core.scoring import scoring
from core.scoring.scoring import TYPES, Scorer, Tally
from core.store import tables
from core.store.storage import atomic
from core.text.errors import CourtsideError
from core.text.messages import message

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile, ParquetWriter

CHUNK = 2**17
"""Rows scored at a time, fewer where rows are wide."""
CHUNK_BYTES = 2**25
READ_AHEAD = 2**20
"""Bytes of each column that are read at a time: a row group may be larger than the memory."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Streamed:
    """How far a batch is: the tally of what is scored, the rows in all, and the seconds it took so far."""

    tally: Tally = field(default_factory=Tally)
    total: int = 0
    seconds: float = 0.0

    @property
    def rows_per_second(self) -> float:
        return self.tally.rows / self.seconds if self.seconds else 0.0


def score_file(scorer: Scorer, source: Path, output: Path, *, chunk: int = CHUNK) -> Iterator[Streamed]:
    """Scores the parquet file `source` into `output`, and yields after each chunk; the last when `output` is there.

    Nothing is seen of `output` before; it is not made when the batch does not fit its contract (`CourtsideError`), the
    disk is full (`CourtsideError`), or the iteration is left (close the generator to cancel).
    """
    begun = time.perf_counter()
    for tally, total in score_part(scorer, source, output, chunk=chunk, judged=True):
        yield Streamed(tally, total, time.perf_counter() - begun)


def score_part(
    scorer: Scorer, source: Path, output: Path, *, chunk: int = CHUNK, judged: bool = False
) -> Iterator[tuple[Tally, int]]:
    """Scores one file of a batch, and yields its tally and rows in all, after each chunk.

    Judging the columns, and making folders, is left to who has all files of the batch, unless this one is all
    (`judged`).
    """
    with _opened(source) as file:
        total, names = file.metadata.num_rows, _names(file)
        checking.refuse(
            checking.structure(names, total if judged else max(total, 1), scorer.contract, labelled=False),
            scorer.contract,
        )
        tally = Tally()
        with explained(output), atomic(output, folders=judged) as temporary:
            # The threads end before the writer closes: closing it under a write would end the process.
            with _writer(temporary, _schema(file, names), scorer) as writer, ThreadPoolExecutor(2) as threads:
                written = _nothing()
                for rows in _ahead(_chunks(file, names, chunk, source), threads):
                    table, part = _scored(rows, scorer, writer.schema)
                    written.result()
                    written = threads.submit(writer.write_table, table)
                    tally = tally.then(part)
                    if tally.rows < total:
                        yield tally, total
                written.result()
            tables.refuse_lie(source.name, total, tally.rows)
            if judged:
                scoring.judge(tally, scorer.contract)
        yield tally, total


def size(source: Path) -> int:
    """The rows of a parquet file, from its footer."""
    with _opened(source) as file:
        rows: int = file.metadata.num_rows
        return rows


@contextmanager
def _opened(source: Path) -> Iterator[ParquetFile]:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(source, buffer_size=READ_AHEAD, pre_buffer=False)
    except FileNotFoundError as error:
        raise CourtsideError(
            message("There is no file {path}.", path=str(source)), message("Check the path, or choose a listed source.")
        ) from error
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(source, error) from error
    with file:
        yield file


def _damaged(source: Path, error: Exception) -> CourtsideError:
    return CourtsideError(
        message(
            "{name} is a damaged parquet file: {error}", name=source.name, error=str(error).strip().split("\n")[0][:200]
        ),
        message("Export it again. Nothing was changed."),
    )


def _names(file: ParquetFile) -> list[str]:
    # An index that pandas stored is not part of the data.
    return [name for name in file.schema_arrow.names if not (name.startswith("__index_level_") and name.endswith("__"))]


def _schema(file: ParquetFile, names: list[str]) -> pa.Schema:
    import pyarrow as pa

    kept = zip(names, scoring.kept_names(names), strict=True)
    given = [file.schema_arrow.field(name).with_name(new) for name, new in kept]
    metadata = {key: value for key, value in (file.schema_arrow.metadata or {}).items() if key != b"pandas"}
    added = [pa.field(name, type_, name in scoring.NULLABLE) for name, type_ in scoring.TYPES.items()]
    return pa.schema([*given, *added], metadata)


def _chunks(file: ParquetFile, names: list[str], chunk: int, source: Path) -> Iterator[pa.Table]:
    """The file's rows in tables of `chunk` rows, the last one shorter: small row groups are put together."""
    import pyarrow as pa

    width = sum(file.metadata.row_group(group).total_byte_size for group in range(file.metadata.num_row_groups))
    chunk = max(1, min(chunk, CHUNK_BYTES * file.metadata.num_rows // max(width, 1)))
    held, rows = [], 0
    try:
        for batch in file.iter_batches(chunk, columns=names, use_threads=False):
            while batch.num_rows:
                part = batch.slice(0, chunk - rows)
                batch = batch.slice(part.num_rows)
                held.append(part)
                rows += part.num_rows
                if rows == chunk:
                    yield pa.Table.from_batches(held)
                    held, rows = [], 0
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(source, error) from error
    if held:
        yield pa.Table.from_batches(held)


def _ahead(chunks: Iterator[pa.Table], threads: ThreadPoolExecutor) -> Iterator[pa.Table]:
    coming = threads.submit(next, chunks, None)
    while (chunk := coming.result()) is not None:
        coming = threads.submit(next, chunks, None)
        yield chunk


def _scored(rows: pa.Table, scorer: Scorer, schema: pa.Schema) -> tuple[pa.Table, Tally]:
    import pyarrow as pa

    features = rows.select(scorer.contract.feature_names)
    numbers = [item.name for item in scorer.contract.features if not item.traits.text]
    # Whole numbers become floats beside a null, which to a number is the same. A text is made of them as they are: it
    # may not depend on the rows around it.
    frame = scoring.beside(
        _frame(features.drop_columns(numbers), whole=True), _frame(features.select(numbers), whole=False)
    )
    added, tally = scoring.score_chunk(frame, scorer, lambda where: _frame(features.take(where), whole=True))
    return pa.Table.from_arrays([*rows.columns, *added.values()], schema=schema), tally


def _frame(table: pa.Table, *, whole: bool) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(
        ignore_metadata=True, integer_object_nulls=whole, split_blocks=True, use_threads=False
    )
    return frame


@contextmanager
def _writer(path: Path, schema: pa.Schema, scorer: Scorer) -> Iterator[ParquetWriter]:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    # Texts are written as the dictionaries they are held in, which is several times as fast, and read as texts: so says
    # the schema that readers of Arrow go by.
    said = {"ARROW:schema": base64.b64encode(schema.serialize())}
    coded = {name for name, kind in TYPES.items() if kind == pa.string()}
    fields = [
        field.with_type(pa.dictionary(pa.int32(), pa.string())) if field.name in coded else field for field in schema
    ]
    # Values that hardly repeat have no use for a dictionary, and trying one takes most of the time of writing.
    plain = {"probability", scorer.contract.id}
    with ParquetWriter(
        path,
        pa.schema(fields, schema.metadata),
        store_schema=False,
        use_dictionary=[name for name in schema.names if name not in plain],
        # The least and the greatest of the texts say nothing, and finding them takes longer than writing the texts.
        write_statistics=[name for name in schema.names if name not in coded],
    ) as writer:
        writer.add_key_value_metadata(said)
        yield writer


def _nothing() -> Future[None]:
    done: Future[None] = Future()
    done.set_result(None)
    return done


@contextmanager
def explained(output: Path) -> Iterator[None]:
    """Says of a disk that is full while `output` is written that it is."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise CourtsideError(
            message("The disk is full: {path} could not be written.", path=str(output)),
            message("Free some space, or choose another folder, and score again. Nothing half-written was left."),
        ) from error
