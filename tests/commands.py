"""Verbs of the command line: as a process of their own, or in this one, which reads everything else the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TextIO

from core.shell.cli import cli
from core.store import settings


@dataclass(frozen=True)
class Done:
    """What a verb printed, and the code that it ended with."""

    returncode: int
    stdout: str
    stderr: str


def process(*arguments: str) -> Done:
    """`python -m core` as a person runs it."""
    command = [sys.executable, "-m", "core", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=settings.HOUSE, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


def shell(*arguments: str) -> Done:
    """The same verb here: an interpreter that starts and imports for seconds proves nothing more."""
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as told:
        with _into(1, said) as stdout, _into(2, told) as stderr, redirect_stdout(stdout), redirect_stderr(stderr):
            code = _code(arguments)
        return Done(code, _read(said), _read(told))


def answer(*arguments: str, code: int = 0, by: Callable[..., Done] = shell) -> dict:
    """The JSON object that a verb prints."""
    done = by(*arguments, "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def _code(arguments: tuple[str, ...]) -> int:
    try:
        cli.main(list(arguments), prog_name="python -m core")
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@contextmanager
def _into(descriptor: int, file: TextIO) -> Iterator[TextIO]:
    """A writer on a file descriptor that leads into `file` until the block ends."""
    kept = os.dup(descriptor)
    os.dup2(file.fileno(), descriptor)
    try:
        with os.fdopen(os.dup(descriptor), "w") as writer:
            yield writer
    finally:
        os.dup2(kept, descriptor)
        os.close(kept)


def _read(file: TextIO) -> str:
    file.seek(0)
    return file.read()
