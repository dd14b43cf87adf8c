"""Jobs of a queue, waited for, and the processes that work on them."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.work.queue import Job, Queue


def until(queue: Queue, number: int, condition, seconds: float = 300) -> Job:
    """The job once `condition` holds of it."""
    deadline = time.monotonic() + seconds
    seen = None
    while time.monotonic() < deadline:
        seen = next(job for job in queue.jobs() if job.id == number)
        if condition(seen):
            return seen
        time.sleep(0.02)
    raise AssertionError(f"still {seen}")


def ended(job: Job) -> bool:
    return not job.open


def group(leader: int) -> set[int]:
    """The processes of a group, joblib's tracker of resources left out."""
    found = set()
    for process in alive():
        with suppress(OSError):
            if os.getpgid(process) == leader and "tracker" not in Path(f"/proc/{process}/cmdline").read_text():
                found.add(process)
    return found


def alive() -> set[int]:
    states = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            states[int(folder.name)] = (folder / "stat").read_text().rpartition(")")[2].split()[0]
    return {process for process, state in states.items() if state != "Z"}
