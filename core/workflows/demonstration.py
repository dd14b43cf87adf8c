"""The whole lifecycle, one stage after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.text.messages import Progress, message, silent
from core.workflows import monitoring, preparation, registration, retraining, scoring, training

if TYPE_CHECKING:
    from core.store.registry import RegisteredVersion
    from core.workflows.monitoring import Monitored
    from core.workflows.preparation import Prepared
    from core.workflows.retraining import Retrained
    from core.workflows.scoring import Scored
    from core.workflows.training import Trained


@dataclass(frozen=True)
class Demonstration:
    """What each stage returned."""

    prepare: Prepared
    train: Trained
    promote: RegisteredVersion
    score: Scored
    monitor: Monitored
    retrain: Retrained


def demo(project: str, *, progress: Progress = silent) -> Demonstration:
    """Prepares, trains, registers, promotes, scores, monitors and retrains with every default."""
    steps = 6
    progress(0, steps, message("Preparing the data"))
    prepared = preparation.prepare(project)
    trained = training.train(project, progress=_inside(progress, 1, steps))
    progress(2, steps, message("Registering and promoting"))
    version = registration.promote(project, registration.register(project).version)
    progress(3, steps, message("Scoring the production batch"))
    scored = scoring.score(project)
    progress(4, steps, message("Assessing the batch"))
    monitored = monitoring.monitor(project)
    retrained = retraining.retrain(project, progress=_inside(progress, 5, steps))
    progress(steps, steps, message("Done"))
    return Demonstration(prepared, trained, version, scored, monitored, retrained)


def _inside(progress: Progress, step: int, steps: int) -> Progress:
    # What a stage says of itself is shown; the count stays that of the stages.
    return lambda _done, _total, what: progress(step, steps, what)
