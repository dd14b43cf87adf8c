"""The worker against real processes: progress, errors, cancel, loss, the queue."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from core import settings, tracking, workflows
from core.jobs import Job, Queue


@pytest.fixture
def queue(store):
    made = Queue([sys.executable, "-m", "core.worker"], on_loss=workflows.close_interrupted)
    yield made
    made.close()


def until(queue: Queue, number: int, condition, seconds: float = 90) -> Job:
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


def training_runs() -> list:
    return tracking.runs(settings.load(), "kobe", "Treinamento", finished=False)


def test_jobs_report_progress_wait_for_their_turn_and_end_with_their_run(queue):
    first = queue.submit("prepare", "kobe", data="kobe-dev")
    second = queue.submit("train", "kobe", folds=2, iterations=1)
    assert [job.state for job in queue.jobs()] == ["queued", "running"]
    assert until(queue, first.id, ended).state == "done"
    moving = until(queue, second.id, lambda job: job.done >= 1)
    assert (moving.total, "Training" in str(moving.what)) == (4, True)
    done = until(queue, second.id, ended)
    assert (done.state, done.result) == ("done", workflows.latest_trained("kobe").run_id)
    failed = until(queue, queue.submit("train", "kobe", preparation_run="nothing").id, ended)
    assert failed.state == "failed"
    assert "no run nothing" in str(failed.error[0])


def test_cancel_ends_a_training_within_two_seconds_and_keeps_finished_candidates(queue):
    workflows.prepare("kobe", "kobe-dev")
    job = queue.submit("train", "kobe", folds=10, iterations=200)
    until(queue, job.id, lambda job: job.done >= 1)
    begun = time.monotonic()
    queue.cancel(job.id)
    assert time.monotonic() - begun < 2
    assert until(queue, job.id, ended).state == "cancelled"
    run = _when_closed()
    assert run.status == "KILLED"
    assert "gone" in run.tags[tracking.REASON]
    children = tracking.runs(settings.load(), "kobe", parent=run.run_id)
    assert [child.name for child in children] == ["lr"]
    again = queue.submit("train", "kobe", folds=2, iterations=1)
    assert until(queue, again.id, ended).state == "done"


def test_a_lost_worker_fails_its_job_and_the_next_job_works(queue):
    workflows.prepare("kobe", "kobe-dev")
    lost = queue.submit("train", "kobe", folds=10, iterations=200)
    next_one = queue.submit("train", "kobe", folds=2, iterations=1)
    until(queue, lost.id, lambda job: job.done >= 1)
    os.kill(queue._worker.pid, signal.SIGKILL)
    failed = until(queue, lost.id, ended)
    assert failed.state == "failed"
    assert "worker process ended" in str(failed.error[0])
    assert until(queue, next_one.id, ended).state == "done"
    assert [run.status for run in training_runs()] == ["FINISHED", "KILLED"]
    assert workflows.versions("kobe") == []


def test_the_worker_ends_when_the_app_is_gone(queue):
    queue.warm()
    worker = queue._worker
    worker.stdin.close()
    assert worker.wait(timeout=60) == -signal.SIGKILL


def _when_closed():
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        run = training_runs()[0]
        if run.status != "RUNNING":
            return run
        time.sleep(0.05)
    raise AssertionError("the run is still open")
