"""The other end of `core.store.outside`: reads tables of others, one after the other, in little memory.

python -m core.store.reader
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from core.store import tables
from core.text.errors import CourtsideError

if TYPE_CHECKING:
    import pyarrow as pa

TABLE = "table"
"""What is said before a table follows, as a stream of Arrow's."""
KEPT = 2**30
"""Bytes that a reader may hold between two files: Python does not give all of it back."""


def main() -> None:
    """Answers orders until the standard input ends."""
    with contextlib.suppress(OSError):  # there is no such file but on Linux
        Path("/proc/self/oom_score_adj").write_text("1000")  # when memory runs out all the same, this goes first
    # Libraries print; the standard output belongs to the protocol alone.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for line in sys.stdin:
        _say(answers, *_answered(json.loads(line), answers))


@contextlib.contextmanager
def bounded(megabytes: int) -> Iterator[None]:
    """Lets this process grow by so much; what needs more fails with a `MemoryError`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = _held() + megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _held() -> int:
    try:
        found = re.search(r"VmData:\s+(\d+) kB", Path("/proc/self/status").read_text())
    except OSError:
        found = None  # not Linux
    return int(found[1]) * 1024 if found else 0


def _answered(order: dict[str, Any], answers: IO[bytes]) -> tuple[str, Any]:
    try:
        with bounded(order["megabytes"]):
            for table in _tables(order):
                # The app trusts what it gets: offsets lie within their buffers, and text is UTF-8.
                with tables.named_damage(order.get("name") or Path(order["path"]).name):
                    table.validate(full=True)
                if not order.get("drop"):
                    _send(table, answers)
    except CourtsideError as error:
        # What a damaged file says of its sizes makes a reader ask for memory too.
        spent = isinstance(error.__cause__, MemoryError) or "out of memory" in str(error.__cause__)
        return ("memory", None) if spent else ("refused", (error.message.as_dict(), error.hint.as_dict()))
    except MemoryError:
        return "memory", None
    return ("spent" if _held() > KEPT else "end"), None


def _tables(order: dict[str, Any]) -> Iterator[pa.Table]:
    path, name = Path(order["path"]), order.get("name", "")
    if order.get("whole"):
        return iter([tables.read_arrow(path)])
    return tables.arrow_chunks(path, order.get("rows", 0), order.get("columns", ()), name=name)


def _send(table: pa.Table, answers: IO[bytes]) -> None:
    import pyarrow as pa

    _say(answers, TABLE)
    with pa.ipc.new_stream(answers, table.schema) as stream:
        stream.write_table(table)
    answers.flush()


def _say(answers: IO[bytes], kind: str, what: object = None) -> None:
    answers.write(json.dumps([kind, what]).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
