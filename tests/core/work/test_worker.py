"""The worker as the system sees it: memory, niceness, scratch files, and its end."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from core import workflows
from core.store import settings
from core.work.queue import Queue
from core.work.worker import NICE
from tests.jobs import ended, group, until


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
    made = Queue([sys.executable, str(script)], on_loss=workflows.close_interrupted, scratch=settings.load().scratch)
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
    helpers = group(queue._worker.pid)
    assert len(helpers) > 2
    assert {killed_first(process) for process in helpers} == {1000}
    assert killed_first(os.getpid()) < 1000


def test_work_yields_the_processor_to_whoever_reads(queue):
    until(queue, queue.submit("prepare", "kobe", data="sample-dev").id, ended)
    switch = Path("/proc/sys/kernel/sched_autogroup_enabled")
    by_session = switch.exists() and switch.read_text().strip() == "1"
    for process in group(queue._worker.pid):
        assert os.getpriority(os.PRIO_PROCESS, process) == NICE
        assert not by_session or f"nice {NICE}" in Path(f"/proc/{process}/autogroup").read_text()


def test_what_a_killed_worker_kept_for_its_helpers_goes_with_it(queue):
    queue.warm()
    scratch = Path(environment(queue._worker.pid)["TMPDIR"])
    assert scratch.is_dir()
    queue.close()
    assert not scratch.exists()


def test_the_worker_ends_when_the_app_is_gone(queue):
    queue.warm()
    worker = queue._worker
    worker.stdin.close()
    assert worker.wait(timeout=60) == -signal.SIGKILL


def killed_first(process: int) -> int:
    return int(Path(f"/proc/{process}/oom_score_adj").read_text())


def environment(process: int) -> dict[str, str]:
    pairs = Path(f"/proc/{process}/environ").read_text().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if pair)
