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
import pickle
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from core.store import settings
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


def warm() -> None:
    """Starts a reader, so that the first file does not wait for its imports."""
    with _lock:
        if not _spare:
            _spare.append(_Reader())


class _Reader:
    """The process at the other end: an order as a line of JSON on its input, messages on its output."""

    def __init__(self) -> None:
        search = os.pathsep.join(filter(None, (str(HOUSE), os.environ.get("PYTHONPATH"))))
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

    def hear(self, seconds: float) -> tuple[str, Any]:
        """The next message; "lost" when the process ended, or was ended because it took longer than `seconds`."""
        clock = threading.Timer(seconds, self._expire)
        clock.start()
        try:
            pipe = self._process.stdout
            assert isinstance(pipe, io.BufferedReader), "it was opened as a pipe of bytes"
            kind, what = pickle.load(pipe)
            if kind != "frame":
                return kind, what
            parts = [bytearray(size) for size in what]
            for part in parts:
                if pipe.readinto(part) < len(part):
                    return "lost", None
            return kind, pickle.loads(parts[0], buffers=parts[1:])
        except (EOFError, pickle.UnpicklingError):
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
            kind, what = reader.hear(place.read_seconds)
            if kind != "frame":
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
