"""The other end of `core.work.queue`: a warm process that runs workflows one at a time, python -m core.work.worker."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import sys
import threading
import uuid
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TextIO

from core import workflows
from core.store.fetching import shown
from core.text.errors import CourtsideError
from core.text.messages import Message, message
from core.training import algorithms, search

NICE = 15
"""Against a page that wants a core, work then gets about a thirtieth of it."""
log = logging.getLogger("courtside.worker")


def main() -> None:
    """Answers job orders until the standard input ends; then it ends its whole process group."""
    _yield_to_pages()
    with contextlib.suppress(OSError):  # there is no such file but on Linux
        Path("/proc/self/oom_score_adj").write_text("1000")  # and when memory runs out, what trains goes first
    # Libraries print; the standard output belongs to the protocol alone.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    orders: SimpleQueue[dict[str, Any]] = SimpleQueue()
    threading.Thread(target=_read, args=(orders,), daemon=True).start()
    _import_trainer()
    while True:
        _work(orders.get(), answers)


def _yield_to_pages() -> None:
    """Pages come first: a training may use every core that they leave."""
    os.nice(NICE)
    with contextlib.suppress(OSError):  # not every system weighs sessions
        # Linux weighs sessions before it weighs processes, and the worker has a session of its own: without this its
        # niceness counts among its own helpers only.
        Path("/proc/self/autogroup").write_text(str(NICE))


def _read(orders: SimpleQueue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        orders.put(json.loads(line))
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _import_trainer() -> None:
    import mlflow.sklearn  # noqa: F401

    search.warm()
    algorithms.warm()
    try:
        for project in workflows.projects():
            workflows.history(project)  # opens the store
    except Exception:  # a store that is locked or broken just now is the first job's matter
        log.warning("the store could not be opened ahead", exc_info=True)


def _work(order: dict[str, Any], answers: TextIO) -> None:
    def answer(event: str, **values: object) -> None:
        answers.write(json.dumps({"id": order["id"], "event": event, **values}) + "\n")

    def progress(done: int, total: int, what: Message) -> None:
        answer("progress", done=done, total=total, what=what.as_dict())

    workflow = getattr(workflows, order["verb"])
    try:
        result = workflow(order["project"], progress=progress, **order["arguments"])
    except CourtsideError as error:
        answer("failed", message=error.message.as_dict(), hint=error.hint.as_dict())
    except MemoryError:
        log.exception("job %s ran out of memory", _told(order))
        answer("failed", message=_MEMORY.as_dict(), hint=message("Use fewer rows, or simpler candidates.").as_dict())
    except Exception:
        reference = uuid.uuid4().hex[:8]
        log.exception("job %s failed, reference %s", _told(order), reference)
        answer("failed", message=_BUG.as_dict(), hint=message("Reference {reference}.", reference=reference).as_dict())
    else:
        answer("done", result=getattr(result, "run_id", ""))


def _told(order: dict[str, Any]) -> dict[str, Any]:
    """What the log says of an order: addresses without what may be a secret in them."""
    data = order["arguments"].get("data")
    if data is None:
        return order
    plain = shown(data) if isinstance(data, str) else list(map(shown, data))
    return {**order, "arguments": {**order["arguments"], "data": plain}}


_MEMORY = message("Memory ran out.")
_BUG = message("Something went wrong on our side; the details are in the log.")

if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    main()
