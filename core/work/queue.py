"""Long work, done by one warm worker process of the app's own.

PyCaret can't be shared between threads, a thread can't be cancelled, and a memory blow-up must not take the app
along: hence a process. It reads jobs as JSON lines on its standard input and answers on its standard output
(`core.work.worker` is the other end); when the app dies its input ends, and it ends itself with everything it started.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from core.store import storage
from core.text.messages import Message, message
from core.workflows.runs import CANCELLED

State = Literal["queued", "running", "done", "failed", "cancelled"]
CLOSED = message("The app was closed while it ran.")


@dataclass(frozen=True)
class Job:
    """A piece of work as every browser sees it. `error` is (message, hint); `result` the run id it ended with."""

    id: int
    verb: str
    project: str
    arguments: dict[str, object] = field(default_factory=dict)
    state: State = "queued"
    done: int = 0
    total: int = 1
    what: Message = field(default_factory=lambda: message("Waiting for its turn"))
    result: str = ""
    error: tuple[Message, Message] | None = None

    @property
    def open(self) -> bool:
        return self.state in ("queued", "running")


class Queue:
    """Runs jobs one at a time in a worker started with `command`; when that is gone, `on_loss` is told why, and the
    number of its process. What a worker writes beside its results lies in a folder of its own in `scratch`, and goes
    with it."""

    def __init__(self, command: list[str], on_loss: Callable[[Message, int], object], scratch: Path) -> None:
        self._command = command
        self._on_loss = on_loss
        self._scratch = scratch
        self._lock = threading.RLock()
        self._jobs: dict[int, Job] = {}
        self._numbers = itertools.count(1)
        self._worker: subprocess.Popen[str] | None = None
        self._listener: threading.Thread | None = None
        self._killed: dict[subprocess.Popen[str], Message] = {}
        """Why we ended a worker ourselves, until its listener has heard of it."""

    def submit(self, verb: str, project: str, **arguments: object) -> Job:
        """Queues a workflow call; it starts at once when nothing else runs."""
        with self._lock:
            job = Job(next(self._numbers), verb, project, arguments)
            self._jobs[job.id] = job
            self._next()
            return self._jobs[job.id]

    def cancel(self, number: int) -> None:
        """Ends a job: a queued one is dropped, a running one is killed with its worker. What it finished stays."""
        with self._lock:
            job = self._jobs[number]
            if not job.open:
                return
            worker = self._worker if job.state == "running" else None
            if worker is not None:
                self._kill(CANCELLED)
                # Before anyone hears of it: who reads the store then finds the runs closed.
                self._on_loss(CANCELLED, worker.pid)
            self._jobs[number] = replace(job, state="cancelled", what=message("Cancelled"))
            if worker is not None:
                self._start()

    def jobs(self) -> list[Job]:
        """Every job since the app started, newest first."""
        with self._lock:
            return sorted(self._jobs.values(), key=lambda job: -job.id)

    def warm(self) -> None:
        """Starts the worker, so that the first click does not wait for its imports."""
        with self._lock:
            self._start()

    def close(self) -> None:
        """Ends the worker; returns once `on_loss` has been told."""
        with self._lock:
            self._kill(CLOSED)
        if self._listener is not None:
            self._listener.join()

    def _start(self) -> subprocess.Popen[str]:
        if self._worker is None or self._worker.poll() is not None:
            # A killed worker can't clear up after itself: what it kept for its helpers goes with this folder.
            held = contextlib.ExitStack()
            scratch = str(held.enter_context(storage.working_folder(self._scratch)))
            self._worker = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
                env={**os.environ, "TMPDIR": scratch, "JOBLIB_TEMP_FOLDER": scratch},
            )
            self._listener = threading.Thread(target=self._listen, args=(self._worker, held), daemon=True)
            self._listener.start()
        return self._worker

    def _next(self) -> None:
        if any(job.state == "running" for job in self._jobs.values()):
            return
        waiting = [job for job in self._jobs.values() if job.state == "queued"]
        if not waiting:
            return
        job = waiting[0]
        self._jobs[job.id] = replace(
            job, state="running", what=message("Waiting for the worker, which takes some seconds the first time")
        )
        order = {"id": job.id, "verb": job.verb, "project": job.project, "arguments": job.arguments}
        orders = self._start().stdin
        assert orders is not None, "it is a pipe"
        try:
            orders.write(json.dumps(order) + "\n")
            orders.flush()
        except BrokenPipeError:
            pass  # it died since it was last seen; its listener reports the loss

    def _listen(self, worker: subprocess.Popen[str], held: contextlib.ExitStack) -> None:
        assert worker.stdout is not None, "it is a pipe"
        for line in worker.stdout:
            with self._lock:
                self._heard(json.loads(line))
        code = worker.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)  # its helpers, when it went alone
        self._on_loss(self._killed.pop(worker, _loss(code)[0]), worker.pid)
        held.close()
        with self._lock:
            for job in self._jobs.values():
                if job.state == "running" and worker is self._worker:
                    self._jobs[job.id] = replace(job, state="failed", error=_loss(code))
            if worker is self._worker:
                self._worker = None
            self._next()

    def _heard(self, event: dict[str, Any]) -> None:
        job = self._jobs[event["id"]]
        if job.state != "running":
            return
        if event["event"] == "progress":
            what = Message.from_dict(event["what"])
            self._jobs[job.id] = replace(job, done=event["done"], total=event["total"], what=what)
            return
        if event["event"] == "done":
            self._jobs[job.id] = replace(job, state="done", done=job.total, result=event["result"])
        else:
            error = (Message.from_dict(event["message"]), Message.from_dict(event["hint"]))
            self._jobs[job.id] = replace(job, state="failed", error=error)
        self._next()

    def _kill(self, why: Message) -> None:
        if self._worker is None:
            return
        self._killed[self._worker] = why
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._worker.pid, signal.SIGKILL)
        self._worker.wait()
        self._worker = None


def _loss(code: int) -> tuple[Message, Message]:
    """What is said of a job whose worker ended with `code`, minus the signal's number if it was killed."""
    hint = message("What was finished is kept. Try again, with fewer rows or candidates if memory ran out.")
    if code == -signal.SIGKILL:
        return message("The worker process was killed by the system, most likely because memory ran out."), hint
    return message("The worker process ended before the work was done (exit code {code}).", code=code), hint
