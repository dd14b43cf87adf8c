"""A queue with a worker process of its own."""

from __future__ import annotations

import sys

import pytest

from core import workflows
from core.store import settings
from core.work.queue import Queue


@pytest.fixture
def queue(store):
    made = Queue(
        [sys.executable, "-m", "core.work.worker"], on_loss=workflows.close_interrupted, scratch=settings.load().scratch
    )
    yield made
    made.close()
