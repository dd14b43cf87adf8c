"""Whether a run is what a link takes it for."""

from __future__ import annotations

from core.store import settings, tracking
from core.text.errors import CourtsideError
from core.text.messages import message
from core.workflows.runs import RunName

KINDS = {
    "preparation": (RunName.PREPARATION, message("preparation")),
    "training": (RunName.TRAINING, message("training")),
    "batch": (RunName.SCORING, message("scored batch")),
    "replay": (RunName.REPLAY, message("replay")),
}
UNFINISHED = ("training",)
"""Kinds that can be looked at before they are done: what was finished of them was written."""


def check_link(project: str, run_id: str, kind: str) -> None:
    """Raises a `CourtsideError` where a run is none of this kind (of `KINDS`) and project, or has not finished."""
    place = settings.load()
    record, (name, words) = tracking.get(place, run_id), KINDS[kind]
    known = record.name == name and tracking.project_of(place, run_id) == project
    if not known or (record.status != "FINISHED" and kind not in UNFINISHED):
        raise CourtsideError(
            message("Run {run} is no {kind} of {project}.", run=run_id, kind=words, project=project),
            message("Take it out of the link, or choose another from the list of all runs on the overview."),
        )
