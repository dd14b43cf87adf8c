"""Tables of others, read by a process of its own within limits of memory and time: no file can end the app.

What a parquet or CSV file takes in memory is known only once it is decoded: 628 bytes may hold twelve gigabytes. So the
readers of `core.store.tables` run in a process that may not grow beyond a limit, and hand over what they have read.
It is kept warm between files. What the app wrote itself is read by `core.store.tables` directly.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from core.store import limits, settings, tables
from core.store.reader import TABLE
from core.store.settings import HOUSE
from core.text.errors import CourtsideError
from core.text.messages import Message, message

if TYPE_CHECKING:
    import pandas as pd

SPARE = 1
"""Readers that wait for the next file; those that are needed beside them end with their file."""
_spare: list[_Reader] = []
_lock = threading.Lock()


def read_table(path: Path) -> pd.DataFrame:
    """What `core.store.tables.read_table` reads; what takes more memory or time than the settings allow is refused."""
    return next(_frames({"path": str(path), "whole": True}))


def chunks(path: Path, rows: int = 0, columns: Collection[str] = ()) -> Iterator[pd.DataFrame]:
    """What `core.store.tables.chunks` reads, chunk by chunk; one that takes too much is refused."""
    return _frames({"path": str(path), "rows": rows, "columns": list(columns)})


def admit(path: Path, name: str = "") -> None:
    """Refuses a file (`CourtsideError`) that can't be read as a table within the limits: all of it is read, chunk by
    chunk, and let go."""
    for _ in _frames({"path": str(path), "name": name, "drop": True}):
        pass


def gather(paths: Sequence[Path], folder: Path) -> Path:
    """The files of one batch as parquet: a file, or a folder whose files' names are in the order of `paths`.

    Parquet stays where it is, linked where there are several files; what is CSV is written to `folder`.
    """
    from pyarrow.parquet import write_table

    if len(paths) == 1 and (os.path.isdir(paths[0]) or tables.is_parquet(paths[0])):
        return paths[0]
    files = [file for path in paths for file in tables.files(path)]
    made = folder / "batch"
    made.mkdir()
    for number, path in enumerate(files, start=1):
        target = made / f"{number:05d}-{limits.readable(path.stem)}.parquet"
        if tables.is_parquet(path):
            target.symlink_to(path.resolve())
        else:
            write_table(tables.as_arrow(read_table(path)), target)
    return target if len(files) == 1 else made


def warm() -> None:
    """Starts a reader, so that the first file does not wait for its imports."""
    with _lock:
        if not _spare:
            _spare.append(_Reader())


class _Reader:
    """The process at the other end: an order as a line of JSON on its input, messages on its output."""

    def __init__(self) -> None:
        search = os.pathsep.join((str(HOUSE), *sys.path))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "core.store.reader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # The allocator that takes memory as it needs it: what another one reserves would count as used.
            env={**os.environ, "PYTHONPATH": search, "ARROW_DEFAULT_MEMORY_POOL": "system"},
        )
        self.late = False

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def order(self, asked: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):  # it has died: who listens hears so
            pipe = _opened(self._process.stdin)
            pipe.write(json.dumps(asked).encode() + b"\n")
            pipe.flush()

    def hear(self, seconds: float, name: str) -> tuple[str, Any]:
        """The next message: what it is, and a frame (of the file `name`) or what it says. It is "lost" when the
        process ended, or was ended because it took longer than `seconds`."""
        import pyarrow as pa

        clock = threading.Timer(seconds, self._expire)
        clock.start()
        try:
            pipe = self._process.stdout
            assert isinstance(pipe, io.BufferedReader), "it was opened as a pipe of bytes"
            kind, what = json.loads(pipe.readline())
            if kind != TABLE:
                return kind, what
            with pa.ipc.open_stream(pipe) as stream:
                return kind, tables.from_arrow(stream.read_all(), name)
        except (ValueError, OSError):  # nothing more, or half a message
            return "lost", None
        finally:
            clock.cancel()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(BrokenPipeError):
                _opened(pipe).close()

    def _expire(self) -> None:
        self.late = True
        self._process.kill()


def _opened(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # both are pipes
    return pipe


@contextlib.contextmanager
def _borrowed() -> Iterator[_Reader]:
    with _lock:
        reader = _spare.pop() if _spare else None
    if reader is None or not reader.alive:
        reader = _Reader()
    whole = False
    try:
        yield reader
        whole = reader.alive
    finally:
        with _lock:
            kept = whole and len(_spare) < SPARE
            if kept:
                _spare.append(reader)
        if not kept:
            reader.end()


def _frames(order: dict[str, Any]) -> Iterator[pd.DataFrame]:
    place, name = settings.load(), order.get("name") or Path(order["path"]).name
    refused: CourtsideError | None = None
    with _borrowed() as reader:
        reader.order({**order, "megabytes": place.read_megabytes})
        while True:
            kind, what = reader.hear(place.read_seconds, name)
            if kind != TABLE:
                break
            yield what
            del what  # or two chunks would be held at once
        if kind not in ("end", "spent"):
            refused = _refusal(kind, what, name, place, late=reader.late)
        if kind not in ("end", "refused"):
            reader.end()
    if refused:
        raise refused


def _refusal(
    kind: str, what: Sequence[dict[str, Any]], name: str, place: settings.Settings, *, late: bool
) -> CourtsideError:
    if kind == "refused":
        return CourtsideError(*map(Message.from_dict, what))
    if late:
        return CourtsideError(
            message("{name} takes more than {limit:,} seconds to read.", name=name, limit=place.read_seconds),
            message("Split it, or raise COURTSIDE_READ_SECONDS."),
        )
    if kind == "memory":
        return CourtsideError(
            message("{name} takes more than {limit:,} MB in memory.", name=name, limit=place.read_megabytes),
            message("Split it, leave out what no model needs, or raise COURTSIDE_READ_MB."),
        )
    return CourtsideError(
        message("{name} can't be read: the process that read it ended.", name=name),
        message("Export it again. Nothing was changed."),
    )
