"""Files that are there whole or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

UNFINISHED = ".part"
"""Ending of a file that is being written; its name begins with a dot."""


@contextmanager
def atomic(path: Path, *, folders: bool = True) -> Iterator[Path]:
    """Gives a path beside `path` to write a file to, and renames it to `path` once the block has ended well.

    Whoever looks meanwhile sees the old file or none, never half of the new one; after an error it stays so.
    Missing folders are made, if wanted. The file's bytes are on the disk before the rename. A process that is killed
    leaves the temporary file behind, for `remove_leftovers`.
    """
    if folders:
        path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{uuid.uuid4().hex}{UNFINISHED}"
    with temporary.open("xb") as held:
        # The system lets go of the lock when the process ends, however it ends: that tells a leftover from work.
        fcntl.flock(held, fcntl.LOCK_EX)
        try:
            yield temporary
            with temporary.open("rb") as written:
                os.fsync(written.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Gives an empty folder beside `path` to write files to, and renames it to `path` once the block has ended well.

    `path` must not exist: unlike a file, a folder can't be replaced in one step.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{uuid.uuid4().hex}{UNFINISHED}"
    temporary.mkdir()
    held = os.open(temporary, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield temporary
        temporary.rename(path)
    finally:
        os.close(held)
        with suppress(FileNotFoundError):  # gone to its place
            # Whoever still writes into it, on another machine perhaps, knows it by its name and no longer finds it.
            doomed = temporary.rename(temporary.with_name(f".{uuid.uuid4().hex}{UNFINISHED}"))
            shutil.rmtree(doomed, ignore_errors=True)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Keeps every other process and thread that asks for `lock` waiting until the block ends, however it ends."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def working_folder(parent: Path) -> Iterator[Path]:
    """Gives an empty folder in `parent` that is gone after the block; of a killed process it is a leftover."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = parent / f".{uuid.uuid4().hex}{UNFINISHED}"
    folder.mkdir()
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(held)
        shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers(folder: Path) -> list[Path]:
    """Removes what killed processes left half-written in `folder`, and returns it; what others still write stays."""
    removed = []
    for path in sorted(folder.glob(f".*{UNFINISHED}")):
        if _nobody_writes(path):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            removed.append(path)
    return removed


def _nobody_writes(path: Path) -> bool:
    try:
        held = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(held)
    return True


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Writes the columns of `frame`, without its index: the same frame gives the same bytes."""
    with atomic(path) as temporary:
        frame.to_parquet(temporary, engine="pyarrow", compression="snappy", index=False)


def write_text(text: str, path: Path) -> None:
    """Writes `text` as UTF-8, its line ends as they are."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")
