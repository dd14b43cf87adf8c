"""The whole lifecycle, one stage after the other."""

from __future__ import annotations

from dataclasses import dataclass

from core.messages import Progress, message, silent
from core.registry import RegisteredVersion
from core.workflows import monitoring, preparation, registration, retraining, scoring, training
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
    progress(1, steps, message("Training candidates"))
    trained = training.train(project)
    progress(2, steps, message("Registering and promoting"))
    version = registration.promote(project, registration.register(project).version)
    progress(3, steps, message("Scoring the production batch"))
    scored = scoring.score(project)
    progress(4, steps, message("Assessing the batch"))
    monitored = monitoring.monitor(project)
    progress(5, steps, message("Retraining with the batch's labels"))
    retrained = retraining.retrain(project)
    progress(steps, steps, message("Done"))
    return Demonstration(prepared, trained, version, scored, monitored, retrained)
