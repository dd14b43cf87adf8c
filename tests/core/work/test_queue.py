"""The queue against a real worker: progress, errors, cancel, loss, and whose turn it is."""

from __future__ import annotations

import os
import re
import signal
import time

import pytest

from core import workflows
from core.store import settings, tracking
from core.text.errors import NothingYet
from core.work.queue import CLOSED
from core.workflows.runs import CANCELLED
from tests.jobs import alive, ended, group, until


def training_runs() -> list:
    return tracking.runs(settings.load(), "kobe", "Treinamento", finished=False)


def test_jobs_report_progress_wait_for_their_turn_and_end_with_their_run(queue):
    first = queue.submit("prepare", "kobe", data="kobe-dev")
    second = queue.submit("train", "kobe", folds=2, iterations=1)
    assert [job.state for job in queue.jobs()] == ["queued", "running"]
    assert until(queue, first.id, ended).state == "done"
    moving = until(queue, second.id, lambda job: job.done >= 1)
    assert moving.total == 2 * (1 + 1 + 1 + 1)
    done = until(queue, second.id, ended)
    assert (done.state, done.result) == ("done", workflows.latest_trained("kobe").run_id)
    failed = until(queue, queue.submit("train", "kobe", preparation_run="nothing").id, ended)
    assert failed.state == "failed"
    assert "no run nothing" in str(failed.error[0])


@pytest.mark.alone
def test_cancel_ends_a_training_within_two_seconds_and_keeps_finished_candidates(queue):
    workflows.prepare("kobe", "kobe-dev")
    assert workflows.interrupted_training("kobe") is None
    job = queue.submit("train", "kobe", folds=10, iterations=200)
    seen = until(queue, job.id, lambda job: "tuned logistic regression: fit" in str(job.what))
    assert seen.total == 10 * (1 + 200 + 1 + 200)
    assert re.search(r"best so far 0\.67\d\d \(.*\) · about \d+ s left", str(seen.what))
    helpers = group(queue._worker.pid)
    assert len(helpers) > 2
    begun = time.monotonic()
    queue.cancel(job.id)
    assert time.monotonic() - begun < 2
    assert until(queue, job.id, ended).state == "cancelled"
    run = when_closed()
    assert time.monotonic() - begun < 2
    assert run.status == "KILLED"
    assert run.tags[tracking.REASON] == str(CANCELLED)
    assert not helpers & alive()
    kept = workflows.interrupted_training("kobe")
    assert (kept.run_id, kept.reason) == (run.run_id, CANCELLED)
    assert [item.name for item in kept.candidates] == ["lr"]
    left = workflows.trained(kept.run_id)
    assert (left.finished, left.recommended) == (False, "lr")
    with pytest.raises(NothingYet):
        workflows.latest_trained("kobe")
    assert workflows.register("kobe", training_run=kept.run_id).candidate == "lr"
    again = queue.submit("train", "kobe", folds=2, iterations=1)
    assert until(queue, again.id, ended).state == "done"
    assert workflows.interrupted_training("kobe") is None
    assert workflows.latest_trained("kobe").finished


def test_a_training_says_why_it_did_not_finish_even_with_nothing_done(queue):
    workflows.prepare("kobe", "kobe-dev")
    for end, reason in ((queue.cancel, None), (lambda _: queue.close(), CLOSED)):
        job = queue.submit("train", "kobe", candidates=["rf"], folds=10, iterations=200)
        until(queue, job.id, lambda job: "fit 1 " in str(job.what) or job.done > 0)
        end(job.id)
        assert when_closed().status == "KILLED"
        found = workflows.interrupted_training("kobe")
        assert (found and (found.reason, found.candidates)) == (reason and (reason, ()))


@pytest.mark.alone
def test_a_warm_worker_begins_fitting_within_a_second_and_keeps_its_helpers(queue):
    workflows.prepare("kobe", "kobe-dev")
    first = queue.submit("train", "kobe", candidates=["lr"], folds=2)
    until(queue, first.id, ended)
    helpers = group(queue._worker.pid)
    for _ in range(2):
        begun = time.monotonic()
        job = queue.submit("train", "kobe", folds=10, iterations=20)
        until(queue, job.id, lambda job: "Training" in str(job.what) or job.done > 0)
        assert time.monotonic() - begun < 1 + busy()
        assert until(queue, job.id, ended).state == "done"
    assert group(queue._worker.pid) == helpers


def test_a_lost_worker_fails_its_job_and_the_next_job_works(queue):
    workflows.prepare("kobe", "kobe-dev")
    lost = queue.submit("train", "kobe", folds=10, iterations=200)
    next_one = queue.submit("train", "kobe", folds=2, iterations=1)
    until(queue, lost.id, lambda job: job.done >= 1)
    os.kill(queue._worker.pid, signal.SIGKILL)
    failed = until(queue, lost.id, ended)
    assert failed.state == "failed"
    assert "was killed by the system, most likely because memory ran out" in str(failed.error[0])
    assert until(queue, next_one.id, ended).state == "done"
    finished, killed = training_runs()
    assert (finished.status, killed.status) == ("FINISHED", "KILLED")
    assert killed.tags[tracking.REASON] == str(failed.error[0])
    assert workflows.versions("kobe") == []


def busy() -> float:
    """Seconds that a machine with other work on it may take longer: none on a quiet one."""
    return max(0.0, os.getloadavg()[0] - 1)


def when_closed():
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        run = training_runs()[0]
        if run.status != "RUNNING":
            return run
        time.sleep(0.05)
    raise AssertionError("the run is still open")
