"""Counts the features of a scored batch in the bins of its version, file by file: here, or on a Dask cluster.

What a file gives is its counts, and counts add up, so that a batch of any size takes the memory of one chunk and a
cluster sends back no rows. They are put together in the order of the files: the same figures wherever they were made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING

from core.data import reading
from core.monitoring.profiles import Profile, counted, merge
from core.scoring.scoring import REJECTED
from core.store import tables
from core.workflows.partitions import connected

if TYPE_CHECKING:
    import pandas as pd

    from core.data.arrays import Series
    from core.data.contract import Contract

PROBABILITY = "probability"


def count_batch(
    output: Path, contract: Contract, bins: Mapping[str, Profile], *, scheduler: str = ""
) -> dict[str, Profile]:
    """The profile of every feature of a scored batch (a file, or a folder of them), and of its probability.

    Rejected rows don't count. With `scheduler`, the address of a Dask cluster, its workers count a folder's files.
    """
    files = tables.files(output)
    one = partial(count_file, contract=contract, bins=bins)
    return reduce(_together, _on_cluster(one, files, scheduler) if scheduler and len(files) > 1 else map(one, files))


def count_file(path: Path, contract: Contract, bins: Mapping[str, Profile]) -> dict[str, Profile]:
    """The same of one file."""
    columns = {*contract.feature_names, "status", PROBABILITY}
    return counted((_read(chunk, contract) for chunk in tables.chunks(path, columns=columns)), bins)


def _read(chunk: pd.DataFrame, contract: Contract) -> dict[str, Series]:
    judged = chunk["status"] != REJECTED
    rows = chunk if judged.all() else chunk[judged]
    read = {feature.name: reading.read(rows[feature.name], feature) for feature in contract.features}
    return {**read, PROBABILITY: rows[PROBABILITY]}


def _together(one: Mapping[str, Profile], other: Mapping[str, Profile]) -> dict[str, Profile]:
    return {name: merge(found, other[name]) for name, found in one.items()}


def _on_cluster(
    one: Callable[[Path], dict[str, Profile]], files: list[Path], scheduler: str
) -> Iterable[dict[str, Profile]]:
    with connected(scheduler) as client:
        found: list[dict[str, Profile]] = client.gather(client.map(one, files, pure=False))
        return found
