"""What a batch is made of: the files behind what was asked for, their fingerprint and their size."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core.store import outside, projects, settings, sources, tables
from core.store.reader import bounded
from core.text.errors import CourtsideError
from core.text.messages import Progress, message, silent
from core.workflows import preparation

if TYPE_CHECKING:
    from core.data.contract import Contract
    from core.store.settings import Settings

LONGEST = 1_000
"""Characters of a title of several batches."""

Data = str | Sequence[str]
"""A source's key, a path, a folder or a URI, or several of these in their order; "" for the project's own."""


def is_long(project: str, data: Data = "") -> bool:
    """Whether a batch is better scored as a job than while a page waits: it is large, has to be fetched first, or goes
    to a cluster."""
    if is_elsewhere(data):
        return True
    place = settings.load()
    found = paths(place, projects.find(place, project), data)
    clustered = bool(place.dask_scheduler) and any(path.is_dir() for path in found)
    return clustered or sum(map(tables.size, found)) > preparation.LARGE


def is_elsewhere(data: Data) -> bool:
    """Whether any of a batch has to be fetched."""
    return any("://" in item for item in _listed(data))


def paths(place: Settings, contract: Contract, data: Data, progress: Progress = silent) -> list[Path]:
    """The files and folders of a batch in their order; one that is not there is a `CourtsideError`."""
    found = [sources.resolve(place, contract, item, role="production", progress=progress) for item in _listed(data)]
    for path in found:
        if not path.exists():
            tables.read_table(path)  # says what is wrong
    return found


@contextmanager
def within_limits(place: Settings, found: Sequence[Path]) -> Iterator[None]:
    """Lets a batch be decoded in this process, where it is streamed: a small one once a reader beside it has decoded
    it; a large one, which is scored as a job and has its process to itself, in so much memory and no more."""
    if sum(map(tables.size, found)) <= preparation.LARGE:
        for path in found:
            if path.is_dir() or tables.is_parquet(path):
                outside.admit(path)
        yield
        return
    try:
        with bounded(place.read_megabytes):
            yield
    except MemoryError as error:
        raise CourtsideError(
            message("{name} takes more than {limit:,} MB in memory.", name=title(found), limit=place.read_megabytes),
            message("Split it, leave out what no model needs, or raise COURTSIDE_READ_MB."),
        ) from error


def digest(found: Sequence[Path]) -> str:
    """The fingerprint of a batch: the same bytes in the same order give the same 64 hex digits."""
    if len(found) == 1:
        return tables.digest(found[0])
    return hashlib.sha256("".join(map(tables.digest, found)).encode()).hexdigest()


def title(found: Sequence[Path]) -> str:
    """What a batch is called: its file, and how many more there are."""
    return found[0].name if len(found) == 1 else f"{found[0].name} +{len(found) - 1}"


def titles(names: Sequence[str], between: str = ", ") -> str:
    """What batches are called together: their names, of very many the first ones and how many more there are."""
    whole = between.join(names)
    if len(whole) <= LONGEST:
        return whole
    ends = itertools.accumulate(len(name) + len(between) for name in names)
    shown = max(sum(end <= LONGEST for end in ends), 1)
    return f"{between.join(names[:shown])} +{len(names) - shown}"


def _listed(data: Data) -> list[str]:
    return [data] if isinstance(data, str) else list(data) or [""]
