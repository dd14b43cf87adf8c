"""Scores a folder of parquet files into a folder of the same files: in this process, or on a Dask cluster.

A cluster runs the very function that runs here, once per file. Its machines see the folders under the same paths and
have Courtside installed.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.data import checking
from core.scoring import scoring
from core.scoring.scoring import Scorer, Tally
from core.store.storage import UNFINISHED, atomic_folder
from core.text.errors import CourtsideError
from core.text.messages import message
from core.workflows.streaming import CHUNK, Streamed, score_file, score_part, size

if TYPE_CHECKING:
    from distributed import Client, WorkerPlugin

PATIENCE = 5
"""Seconds that a scheduler may take to answer."""


@dataclass(frozen=True)
class Part:
    """One file of a batch and where its rows go."""

    source: Path
    target: Path
    rows: int


_Run = Generator[tuple[Part, Tally], None, None]
"""How far each part is, as it is scored; closing it ends the scoring."""


def score_path(
    scorer: Scorer, source: Path, output: Path, *, scheduler: str = "", chunk: int = CHUNK
) -> Iterator[Streamed]:
    """Scores a parquet file into a file, or a folder of them into a folder; see `score_file` and `score_folder`."""
    if source.is_dir():
        return score_folder(scorer, source, output, scheduler=scheduler, chunk=chunk)
    return score_file(scorer, source, output, chunk=chunk)


def score_folder(
    scorer: Scorer, source: Path, output: Path, *, scheduler: str = "", chunk: int = CHUNK
) -> Iterator[Streamed]:
    """Scores each parquet file below `source` into the file of the same name below `output`, which must not exist.

    The order of the batch is that of the files' paths. Yields how far it is, the last when `output` is there, with all
    its files; as with one file nothing is seen of it before, and it is not made when the batch as a whole does not fit
    (`CourtsideError`) or the iteration is left. With `scheduler`, the address of a Dask cluster, its workers score.
    """
    begun = time.perf_counter()
    if output.exists():
        raise CourtsideError(message("{path} exists.", path=str(output)), message("Choose another name."))
    tallies: dict[Part, Tally] = {}
    with atomic_folder(output.resolve()) as folder:
        parts = _parts(source.resolve(), folder)
        total = sum(part.rows for part in parts)
        if not total:
            checking.refuse([message("it has no rows")], scorer.contract)
        done = Tally()
        with closing(_on_cluster(scorer, parts, chunk, scheduler) if scheduler else _here(scorer, parts, chunk)) as run:
            for part, tally in run:
                if tally.rows == part.rows:
                    tallies[part], done = tally, done.then(tally)
                now = done if part in tallies else done.then(tally)
                yield Streamed(now, total, time.perf_counter() - begun)
        for unfinished in folder.rglob(f".*{UNFINISHED}"):
            unfinished.unlink()  # a worker was killed while it wrote it; another one did the file again
        whole = reduce(Tally.then, (tallies[part] for part in parts))
        scoring.judge(whole, scorer.contract)
    yield Streamed(whole, total, time.perf_counter() - begun)


def score_one(part: Part, chunk: int, carrier: str) -> Tally:
    """Scores one file on a worker of a cluster, with the scorer that the carrier took there."""
    from distributed import get_worker

    carried: Any = get_worker().plugins[carrier]
    scorer: Scorer = carried.scorer
    done = Tally()
    for tally, _ in score_part(scorer, part.source, part.target, chunk=chunk):
        done = tally
        # Whoever cancels removes the folder; a task that runs can't be told otherwise.
        if not part.target.parent.is_dir():
            raise FileNotFoundError(part.target.parent)
    return done


def connected(scheduler: str) -> Client:
    """A client of the Dask scheduler at an address; nobody there is a `CourtsideError`."""
    from distributed import Client

    try:
        return Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:  # nobody answers; no address
        raise CourtsideError(
            message("No Dask scheduler answers at {address}.", address=scheduler),
            message("Start it, or unset COURTSIDE_DASK_SCHEDULER to score in the app."),
        ) from error


def _parts(source: Path, folder: Path) -> list[Part]:
    files = [path.relative_to(source) for path in sorted(source.rglob("*.parquet")) if path.is_file()]
    files = [path for path in files if not any(name.startswith((".", "_")) for name in path.parts)]
    for path in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    if not files:
        raise CourtsideError(
            message("There is no parquet file in {path}.", path=str(source)),
            message("Choose a folder with files that end in .parquet."),
        )
    return [Part(source / path, folder / path, size(source / path)) for path in files]


def _here(scorer: Scorer, parts: list[Part], chunk: int) -> _Run:
    for part in parts:
        for tally, _ in score_part(scorer, part.source, part.target, chunk=chunk):
            yield part, tally


def _on_cluster(scorer: Scorer, parts: list[Part], chunk: int, scheduler: str) -> _Run:
    from distributed import KilledWorker, as_completed

    carrier = f"courtside-{uuid.uuid4().hex}"
    with connected(scheduler) as client:
        client.register_plugin(_carrier(scorer), name=carrier)
        # Two results of a part are the same bytes under the same name: a part that is done again does no harm.
        futures = client.map(score_one, parts, chunk=chunk, carrier=carrier, pure=False)
        of = dict(zip(futures, parts, strict=True))
        try:
            for future, tally in as_completed(futures, with_results=True, loop=client.loop):
                future.release()  # or a lost result that is known here would be made again
                yield of[future], tally
        except KilledWorker as error:
            raise CourtsideError(
                message("Several workers of the cluster ended while they scored the same file."),
                message("Give them more memory, or split the files, and score again. Nothing half-written was left."),
            ) from error
        finally:
            client.cancel(futures)
            client.unregister_worker_plugin(carrier)


def _carrier(scorer: Scorer) -> WorkerPlugin:
    """Takes the scorer to every worker of a cluster once, and to those that join later."""
    from distributed import WorkerPlugin

    class Carrier(WorkerPlugin):
        def __init__(self) -> None:
            self.scorer = scorer

    return Carrier()
