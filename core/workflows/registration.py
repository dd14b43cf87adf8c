"""A candidate becomes a version; a version becomes the champion; a champion steps back."""

from __future__ import annotations

from collections.abc import Mapping

from core import portability, registry, settings, tracking
from core.errors import CourtsideError
from core.messages import message
from core.portability import TOLERANCE
from core.registry import RegisteredVersion
from core.workflows import training


def register(project: str, candidate: str = "", *, training_run: str = "", threshold: float = 0.5) -> RegisteredVersion:
    """Makes a candidate (the recommended one of the newest training by default) the next version.

    The stored model is loaded and compared with PyCaret's own probabilities first; one that differs by more than
    `TOLERANCE` is refused with a `CourtsideError`.
    """
    place = settings.load()
    trained = training.trained(training_run) if training_run else training.latest_trained(project)
    chosen = trained.candidate(candidate)
    if not 0 < threshold < 1:
        raise CourtsideError(
            message("The threshold is {threshold}; it must lie between 0 and 1.", threshold=threshold),
            message("Give a probability such as 0.5."),
        )
    difference = _portability(chosen.run_id)
    if difference > TOLERANCE:
        raise CourtsideError(
            message("The stored model differs from the PyCaret pipeline by {difference:.1e}.", difference=difference),
            message("It was not registered. Train again, or choose another candidate."),
        )
    return registry.register(
        place,
        project,
        run_id=chosen.run_id,
        threshold=threshold,
        tags={
            "candidate": chosen.name,
            "training_run": trained.run_id,
            "preparation_run": trained.preparation_run,
            "portability_difference": repr(difference),
        },
    )


def promote(project: str, version: int = 0) -> RegisteredVersion:
    """Makes a version (the newest by default) the champion; the one before it stays for `rollback`."""
    place = settings.load()
    if not version:
        known = registry.versions(place, project)
        if not known:
            raise CourtsideError(
                message("{project} has no registered version.", project=project), message("Register a candidate first.")
            )
        version = known[0].version
    return registry.promote(place, project, version)


def rollback(project: str) -> RegisteredVersion:
    """Makes the champion before the present one the champion again."""
    return registry.rollback(settings.load(), project)


def can_roll_back(project: str) -> bool:
    """Whether a champion came before the present one."""
    return registry.has_past(settings.load(), project)


def versions(project: str) -> list[RegisteredVersion]:
    """All versions, newest first."""
    return registry.versions(settings.load(), project)


def version_metrics(project: str) -> dict[int, Mapping[str, float]]:
    """Every figure recorded of each version's candidate, by version: `test_skill`, `test_skill_low`, ..."""
    place = settings.load()
    return {item.version: tracking.get(place, item.run_id).metrics for item in registry.versions(place, project)}


def champion(project: str) -> RegisteredVersion:
    """The version that scores; none yet is `NothingYet`."""
    return registry.champion(settings.load(), project)


def _portability(run_id: str) -> float:
    place = settings.load()
    check = tracking.read_table(place, run_id, training.CHECK)
    expected = check.pop("probability").to_numpy()
    try:
        return portability.difference(tracking.load_model(place, run_id), check, expected)
    except Exception as error:  # whatever keeps a stored model from being read keeps it from being registered
        raise CourtsideError(
            message("The stored model can't be read back: {error}.", error=str(error).strip().split("\n")[0][:200]),
            message("It was not registered. Train again, or choose another candidate."),
        ) from error
