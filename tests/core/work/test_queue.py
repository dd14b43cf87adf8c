"""The worker against real processes: progress, errors, cancel, loss, the queue."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from core import workflows
from core.store import settings, tracking
from core.text.errors import NothingYet
from core.work.queue import CLOSED, Job, Queue
from core.work.worker import NICE
from core.workflows.runs import CANCELLED

pytestmark = pytest.mark.alone


@pytest.fixture
def queue(store):
    made = Queue([sys.executable, "-m", "core.work.worker"], on_loss=workflows.close_interrupted)
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
    assert moving.total == 2 * (1 + 1 + 1 + 1)
    done = until(queue, second.id, ended)
    assert (done.state, done.result) == ("done", workflows.latest_trained("kobe").run_id)
    failed = until(queue, queue.submit("train", "kobe", preparation_run="nothing").id, ended)
    assert failed.state == "failed"
    assert "no run nothing" in str(failed.error[0])


def test_cancel_ends_a_training_within_two_seconds_and_keeps_finished_candidates(queue):
    workflows.prepare("kobe", "kobe-dev")
    assert workflows.interrupted_training("kobe") is None
    job = queue.submit("train", "kobe", folds=10, iterations=200)
    seen = until(queue, job.id, lambda job: "tuned logistic regression: fit" in str(job.what))
    assert seen.total == 10 * (1 + 200 + 1 + 200)
    assert re.search(r"best so far 0\.67\d\d \(.*\) · about \d+ s left", str(seen.what))
    helpers = _group(queue._worker.pid)
    assert len(helpers) > 2
    begun = time.monotonic()
    queue.cancel(job.id)
    assert time.monotonic() - begun < 2
    assert until(queue, job.id, ended).state == "cancelled"
    run = _when_closed()
    assert time.monotonic() - begun < 2
    assert run.status == "KILLED"
    assert run.tags[tracking.REASON] == str(CANCELLED)
    assert not helpers & _alive()
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
        assert _when_closed().status == "KILLED"
        found = workflows.interrupted_training("kobe")
        assert (found and (found.reason, found.candidates)) == (reason and (reason, ()))


def test_a_warm_worker_begins_fitting_within_a_second_and_keeps_its_helpers(queue):
    workflows.prepare("kobe", "kobe-dev")
    first = queue.submit("train", "kobe", candidates=["lr"], folds=2)
    until(queue, first.id, ended)
    helpers = _group(queue._worker.pid)
    for _ in range(2):
        begun = time.monotonic()
        job = queue.submit("train", "kobe", folds=10, iterations=20)
        until(queue, job.id, lambda job: "Training" in str(job.what) or job.done > 0)
        assert time.monotonic() - begun < 1 + _busy()
        assert until(queue, job.id, ended).state == "done"
    assert _group(queue._worker.pid) == helpers


def test_what_takes_too_much_memory_ends_the_worker_and_not_the_app(store, tmp_path):
    script = tmp_path / "small.py"
    script.write_text(
        f"import resource, sys; sys.path.insert(0, {str(settings.HOUSE)!r})\n"
        "import core.work.worker, core.workflows as workflows\n"
        "def greedy(project, progress, rows):\n"
        "    resource.setrlimit(resource.RLIMIT_AS, (8 * 2**30,) * 2)\n"
        "    return bytearray(rows)\n"
        "workflows.train = greedy\n"
        "core.work.worker.main()\n"
    )
    made = Queue([sys.executable, str(script)], on_loss=workflows.close_interrupted)
    try:
        job = made.submit("train", "kobe", rows=2**40)
        failed = until(made, job.id, ended)
        assert failed.state == "failed"
        assert str(failed.error[0]) == "Memory ran out."
        os.kill(made._worker.pid, 0)
    finally:
        made.close()


def test_when_memory_runs_out_the_system_ends_what_trains_and_not_the_app(queue):
    until(queue, queue.submit("prepare", "kobe", data="sample-dev").id, ended)
    helpers = _group(queue._worker.pid)
    assert len(helpers) > 2
    assert {_killed_first(process) for process in helpers} == {1000}
    assert _killed_first(os.getpid()) < 1000


def test_work_yields_the_processor_to_whoever_reads(queue):
    until(queue, queue.submit("prepare", "kobe", data="sample-dev").id, ended)
    switch = Path("/proc/sys/kernel/sched_autogroup_enabled")
    by_session = switch.exists() and switch.read_text().strip() == "1"
    for process in _group(queue._worker.pid):
        assert os.getpriority(os.PRIO_PROCESS, process) == NICE
        assert not by_session or f"nice {NICE}" in Path(f"/proc/{process}/autogroup").read_text()


def test_what_a_killed_worker_kept_for_its_helpers_goes_with_it(queue):
    queue.warm()
    scratch = Path(_environment(queue._worker.pid)["TMPDIR"])
    assert scratch.is_dir()
    queue.close()
    assert not scratch.exists()


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


def test_the_worker_ends_when_the_app_is_gone(queue):
    queue.warm()
    worker = queue._worker
    worker.stdin.close()
    assert worker.wait(timeout=60) == -signal.SIGKILL


def _group(leader: int) -> set[int]:
    """The processes of a group, joblib's tracker of resources left out."""
    found = set()
    for process in _alive():
        with suppress(OSError):
            if os.getpgid(process) == leader and "tracker" not in Path(f"/proc/{process}/cmdline").read_text():
                found.add(process)
    return found


def _alive() -> set[int]:
    states = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            states[int(folder.name)] = (folder / "stat").read_text().rpartition(")")[2].split()[0]
    return {process for process, state in states.items() if state != "Z"}


def _killed_first(process: int) -> int:
    return int(Path(f"/proc/{process}/oom_score_adj").read_text())


def _environment(process: int) -> dict[str, str]:
    pairs = Path(f"/proc/{process}/environ").read_text().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if pair)


def _busy() -> float:
    """Seconds that a machine with other work on it may take longer: none on a quiet one."""
    return max(0.0, os.getloadavg()[0] - 1)


def _when_closed():
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        run = training_runs()[0]
        if run.status != "RUNNING":
            return run
        time.sleep(0.05)
    raise AssertionError("the run is still open")
