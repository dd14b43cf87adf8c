"""Files of tables: parquet and CSV, told by content, read at once or in chunks, of any size."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import itertools
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pandas as pd

from core.store import settings
from core.text.errors import CourtsideError
from core.text.messages import message

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

CELL = 8
"""Bytes that a value of a table takes in memory, at least."""
CHUNK = 500_000
"""Rows of a chunk: large enough to be fast, small enough to hold several at once."""
HEAD = 4096
"""Bytes by which a file's format is told."""
FIRST_LINES = 2**22
"""Bytes that hold the first two lines of a CSV file, or so many columns that there are too many."""
CHOOSE = message("Choose a parquet or CSV file. Nothing was changed.")


def read_table(file: Path | BinaryIO, name: str = "") -> pd.DataFrame:
    """A parquet or CSV file as a table with a plain index; the format is told by content, whatever the name says.

    A folder is its parquet files, one below the other in the order of their names. `name` is what messages call the
    file (a path's own by default). CSV may be separated by commas, semicolons (then with decimal commas) or tabs, in
    UTF-8 or Latin-1. Anything else, down to a damaged file, is a `CourtsideError`.
    """
    if isinstance(file, Path) and os.path.isdir(file):  # unlike Path's, it has an answer for a name that is too long
        return pd.concat([read_table(part) for part in _parts(file)], ignore_index=True)
    return from_arrow(read_arrow(file, name), name or (file.name if isinstance(file, Path) else ""))


def read_arrow(file: Path | BinaryIO, name: str = "") -> pa.Table:
    """What `read_table` reads, in Arrow's memory."""
    if not isinstance(file, Path):
        return _read(file, name)
    if os.path.isdir(file):
        return as_arrow(read_table(file))
    name = name or file.name
    try:
        with file.open("rb") as opened:
            return _read(opened, name)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # ValueError: a path with a NUL
        raise CourtsideError(
            message("There is no file {path}.", path=str(file)), message("Check the path, or choose a listed source.")
        ) from error
    except OSError as error:
        raise CourtsideError(
            message("{path} can't be opened: {error}.", path=str(file), error=error.strerror or str(error)),
            message("Check its permissions."),
        ) from error


def chunks(path: Path, rows: int = 0, columns: Collection[str] = (), *, name: str = "") -> Iterator[pd.DataFrame]:
    """The same table in chunks of at most `rows` (`CHUNK`) rows: a parquet file or folder of any size can be read so.
    With `columns` only those of them that a file has.

    A CSV file comes as one: its columns' types are known only once all of it is read.
    """
    for chunk in arrow_chunks(path, rows, columns, name=name):
        yield from_arrow(chunk, name or path.name)


def from_arrow(table: pa.Table, name: str) -> pd.DataFrame:
    """A table in Arrow's memory as pandas has it; values that pandas can't hold are a `CourtsideError` that names the
    file. The index that its pandas metadata would bring back is not part of the data."""
    with named_damage(name):
        frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
        return frame


def arrow_chunks(path: Path, rows: int = 0, columns: Collection[str] = (), *, name: str = "") -> Iterator[pa.Table]:
    """What `chunks` reads, in Arrow's memory."""
    import pyarrow as pa

    for part in _parts(path) if os.path.isdir(path) else [path]:
        if not is_parquet(part):
            yield read_arrow(part, name)
            continue
        from pyarrow import default_memory_pool
        from pyarrow.parquet import ParquetFile

        called = name or part.name
        with named_damage(called), ParquetFile(part) as file:
            held = usable_columns(file.schema_arrow.names, called)
            names = [column for column in held if not columns or column in columns]
            promised, found = file.metadata.num_rows, 0
            for group in file.iter_batches(rows or CHUNK, columns=names) if promised else [_empty(file, names)]:
                found += group.num_rows
                yield group if isinstance(group, pa.Table) else pa.Table.from_batches([group])
                del group
            refuse_lie(called, promised, found)
        default_memory_pool().release_unused()  # or it would keep half a gigabyte for itself


def files(path: Path) -> list[Path]:
    """A folder's parquet files in the order of the table; a file is its own."""
    return _parts(path) if path.is_dir() else [path]


def size(path: Path) -> int:
    """Bytes of a file, or of a folder's parquet files; 0 where there is nothing."""
    if path.is_dir():
        return sum(part.stat().st_size for part in _parts(path))
    return path.stat().st_size if os.path.exists(path) else 0


def digest(path: Path) -> str:
    """The sha256 of a file's bytes, 64 hex digits; of a folder that of its parquet files' names and digests."""
    if path.is_dir():
        listed = "".join(f"{part.name} {digest(part)}\n" for part in _parts(path))
        return hashlib.sha256(os.fsencode(listed)).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shape(path: Path) -> tuple[int, int] | None:
    """Rows and columns of a parquet file, without reading it; None of any other."""
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            return file.metadata.num_rows, len(_columns(file.schema_arrow.names))
    except (ArrowException, OSError, ValueError):
        return None  # CSV, or damaged: listed all the same, and reading it says what is wrong


def refuse_inflated(name: str, data: bytes, limit: int) -> None:
    """A `CourtsideError` where a parquet file would take more than `limit` bytes in memory."""
    from pyarrow import ArrowException
    from pyarrow.parquet import read_metadata

    if not data.startswith(b"PAR1"):
        return
    try:
        metadata = read_metadata(io.BytesIO(data))
    except (ArrowException, OSError, ValueError):
        return  # damaged: reading it says so
    stored = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    # A value that repeats is stored once, so a small file can hold a billion rows. Of a damaged file no column's
    # own figures may be asked: pyarrow would end the process.
    size = max(stored, metadata.num_rows * metadata.num_columns * CELL)
    if size > limit:
        raise CourtsideError(
            message(
                "{name} would take {size:,.0f} MB in memory; the limit is {limit:,.0f} MB.",
                name=name,
                size=size / 2**20,
                limit=limit / 2**20,
            ),
            message("Split it, or give its path on the server instead."),
        )


def usable_columns(names: list[str], name: str) -> list[str]:
    """The columns of a parquet file without those of an index that pandas stored; none, or more than the settings
    allow, is a `CourtsideError`."""
    found = _columns(names)
    if not found:
        raise CourtsideError(message("{name} has no columns.", name=name), CHOOSE)
    _refuse_wide(len(found), name)
    return found


def refuse_lie(name: str, promised: int, found: int) -> None:
    """A `CourtsideError` where a parquet file's footer says another number of rows than the file holds."""
    if promised != found:
        raise CourtsideError(
            message(
                "{name} is a damaged parquet file: it says {promised:,} rows and holds {found:,}.",
                name=name,
                promised=promised,
                found=found,
            ),
            message("Export it again. Nothing was changed."),
        )


def first_line(error: Exception) -> str:
    """What a library's error says, short enough for a sentence."""
    return (str(error).strip() or type(error).__name__).split("\n")[0][:200]


def _parts(folder: Path) -> list[Path]:
    parts = sorted(path for path in folder.rglob("*") if path.suffix in (".parquet", ".pq") and path.is_file())
    if not parts:
        raise CourtsideError(
            message("The folder {path} holds no parquet files.", path=str(folder)), message("Choose a file or folder.")
        )
    return parts


def as_arrow(frame: pd.DataFrame) -> pa.Table:
    """A frame in Arrow's memory, without its index. Unlike pandas' own way it takes names that repeat: the contract's
    check is to see them."""
    import pyarrow as pa

    columns = [pa.Array.from_pandas(frame.iloc[:, place]) for place in range(frame.shape[1])]
    return pa.Table.from_arrays(columns, names=list(map(str, frame.columns)))


def is_parquet(path: Path) -> bool:
    """Whether a file begins as parquet does; False where it can't be opened."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except (OSError, ValueError):
        return False  # reading it says what is wrong


def _empty(file: pq.ParquetFile, names: list[str]) -> pa.Table:
    return file.schema_arrow.empty_table().select([file.schema_arrow.get_field_index(name) for name in names])


def _columns(names: list[str]) -> list[str]:
    return [name for name in names if not re.fullmatch(r"__index_level_\d+__", name)]


def _read(file: BinaryIO, name: str) -> pa.Table:
    head = file.read(HEAD)
    file.seek(0)
    if not head.strip():
        raise CourtsideError(message("{name} is empty.", name=name), CHOOSE)
    if head.startswith(b"PAR1"):
        return _read_parquet(file, name)
    if head.startswith(b"PARE"):
        raise CourtsideError(
            message("{name} is an encrypted parquet file.", name=name), message("Export it without encryption.")
        )
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise CourtsideError(
            message("{name} is an Excel or ZIP file; expected parquet or CSV.", name=name),
            message("Save the sheet as CSV and choose that file."),
        )
    if name.lower().endswith((".parquet", ".pq")):
        raise CourtsideError(message("{name} is not a parquet file, whatever its name says.", name=name), CHOOSE)
    if b"\0" in head:
        raise CourtsideError(message("{name} is neither parquet nor CSV.", name=name), CHOOSE)
    return as_arrow(_read_csv(file, name, head))


def _read_parquet(file: BinaryIO, name: str) -> pa.Table:
    from pyarrow.parquet import ParquetFile

    with named_damage(name):
        opened = ParquetFile(file)
        names = usable_columns(opened.schema_arrow.names, name)
        table = opened.read()
        refuse_lie(name, opened.metadata.num_rows, table.num_rows)
        return table.select([place for place, column in enumerate(table.column_names) if column in names])


@contextmanager
def named_damage(name: str) -> Iterator[None]:
    """Makes what goes wrong in it a `CourtsideError`: the file `name` is damaged."""
    try:
        yield
    except CourtsideError:
        raise
    except Exception as error:  # a damaged file makes the reader fail in any of its layers
        raise CourtsideError(
            message("{name} is a damaged parquet file: {error}", name=name, error=first_line(error)),
            message("Export it again. Nothing was changed."),
        ) from error


def _refuse_wide(columns: int, name: str) -> None:
    most = settings.load().columns
    if columns > most:
        raise CourtsideError(
            message("{name} has more than {most:,} columns.", name=name, most=most),
            message("Leave out what no model needs, or raise COURTSIDE_COLUMNS."),
        )


def _refuse_wide_lines(file: BinaryIO, separator: str, name: str) -> None:
    """Looks at the first two lines, of which pandas makes the columns, or an index of as many levels."""
    start = file.read(FIRST_LINES)
    file.seek(0)
    lines = csv.reader(io.StringIO(start.decode("latin-1"), newline=""), delimiter=separator)
    with contextlib.suppress(csv.Error):  # a cell that is too long, or a quote that does not end: pandas says so
        for line in itertools.islice(filter(None, lines), 2):
            _refuse_wide(len(line), name)


def _read_csv(file: BinaryIO, name: str, head: bytes) -> pd.DataFrame:
    first = head.lstrip().splitlines()[0]
    separator = max(",;\t", key=lambda character: first.count(character.encode()))
    _refuse_wide_lines(file, separator, name)
    # Spreadsheets that separate fields by semicolons do so because the comma is in their numbers.
    style = {"sep": separator, "decimal": "," if separator == ";" else ".", "low_memory": False}
    try:
        try:
            frame, header = _parsed(file, "utf-8-sig", style)
        except UnicodeDecodeError:
            frame, header = _parsed(file, "latin-1", style)
    except (ValueError, OverflowError, MemoryError) as error:
        raise CourtsideError(
            message("{name} can't be read as CSV: {error}", name=name, error=first_line(error)), CHOOSE
        ) from error
    if not isinstance(frame.index, pd.RangeIndex):
        raise CourtsideError(message("{name} has rows with more values than there are names.", name=name), CHOOSE)
    if len(header) == len(frame.columns):
        # pandas renames repeated names; the contract's check has to see them.
        frame.columns = [given or made for given, made in zip(header, frame.columns, strict=True)]
    return frame


def _parsed(file: BinaryIO, encoding: str, style: dict[str, Any]) -> tuple[pd.DataFrame, list[str]]:
    frame = _csv(file, encoding, **style)
    header = _csv(file, encoding, header=None, nrows=1, dtype=str, keep_default_na=False, **style)
    return frame, [str(name) for name in header.iloc[0]]


def _csv(file: BinaryIO, encoding: str, **style: Any) -> pd.DataFrame:
    file.seek(0)
    # A lone carriage return can make this pandas' parser fill the memory without end (pandas issue 51141): Python
    # turns every line end into a newline before the parser sees it.
    lines = io.TextIOWrapper(file, encoding, newline=None)
    try:
        frame = pd.read_csv(lines, **style)
        assert isinstance(frame, pd.DataFrame), "it is read in one piece"
        return frame
    finally:
        lines.detach()  # or the wrapper would close the caller's file
