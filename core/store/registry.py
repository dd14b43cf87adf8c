"""Registered versions and which of them is the champion: MLflow's model registry, with aliases."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from core.store import limits, storage
from core.store.tracking import MODEL, client, exists, is_gone, owner
from core.text.errors import CourtsideError, NothingYet
from core.text.messages import message

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mlflow.entities.model_registry import ModelVersion
    from sklearn.pipeline import Pipeline

    from core.store.settings import Settings

CHAMPION = "champion"
CHALLENGER = "challenger"
HISTORY = "champions"
"""Tag of the registered model: the versions that have been champion, oldest first, comma-separated."""
REMEMBERED = 500
"""Champions that the tag holds at most, the newest: stores bound its length."""
CHANGE = "courtside.change"
"""Tag of the registered model while its champion is being changed: what is to become of it, as JSON."""
UNFINISHED = "courtside.unfinished"
"""Tag of a version until everything that belongs to it is kept: the process that registers it."""
CANDIDATE = "candidate"
"""Tag of a version: the name of the candidate that it was."""
THRESHOLD, CANDIDATE_RUN = "threshold", "candidate_run"
"""Tags of a version: its threshold, and the run that holds its model."""
LISTED = 20
PAGE = 1000
"""Versions that are asked for at a time."""


@dataclass(frozen=True)
class RegisteredVersion:
    """A version of a project's model: where it came from, its threshold, and the alias it bears ("" for none)."""

    name: str
    version: int
    alias: str
    run_id: str
    threshold: float
    registered: datetime
    source: str
    tags: Mapping[str, str]

    @property
    def candidate(self) -> str:
        return self.tags[CANDIDATE]


def register(
    settings: Settings, project: str, *, run_id: str, threshold: float, tags: Mapping[str, str]
) -> RegisteredVersion:
    """Makes the model of a candidate's run the next version of the model named after the project. Nobody sees it until
    it is `complete`; if this process ends before, `settle` removes it."""
    import mlflow

    client(settings)
    ours = {THRESHOLD: repr(threshold), CANDIDATE_RUN: run_id, UNFINISHED: owner(os.getpid())}
    version = mlflow.register_model(f"runs:/{run_id}/{MODEL}", project, tags={**_readable(tags), **ours})
    return get(settings, project, int(version.version))


def complete(settings: Settings, project: str, version: int) -> RegisteredVersion:
    """Makes a version that was registered the challenger, for everyone to see."""
    store = client(settings)
    store.set_registered_model_alias(project, CHALLENGER, str(version))
    store.delete_model_version_tag(project, str(version), UNFINISHED)
    return get(settings, project, version)


def versions(settings: Settings, project: str) -> list[RegisteredVersion]:
    """All versions of a project that are complete, newest first."""
    return [version for version in _versions(settings, project) if UNFINISHED not in version.tags]


def _versions(settings: Settings, project: str) -> list[RegisteredVersion]:
    if not exists(settings):
        return []
    aliases = _aliases(settings, project)
    found: list[ModelVersion] = []
    token: str | None = None
    while token != "":
        part = client(settings).search_model_versions(f"name = '{project}'", max_results=PAGE, page_token=token)
        found, token = found + list(part), part.token or ""
    return sorted((_version(item, aliases) for item in found), key=lambda item: -item.version)


def get(settings: Settings, project: str, version: int) -> RegisteredVersion:
    """One version; an unknown one is a `CourtsideError` that lists the newest there are."""
    from mlflow.exceptions import MlflowException

    try:
        found = client(settings).get_model_version(project, str(version))
    except MlflowException as error:
        known = [str(item.version) for item in versions(settings, project)[:LISTED]]
        raise CourtsideError(
            message(
                "{project} has no version {version}; it has {versions}.",
                project=project,
                version=version,
                versions=known or "-",
            ),
            message("Name one of these, or register a candidate first."),
        ) from error
    return _version(found, _aliases(settings, project))


def champion(settings: Settings, project: str) -> RegisteredVersion:
    """The version that scores batches; none yet is `NothingYet`."""
    aliases = _aliases(settings, project) if exists(settings) else {}
    if CHAMPION in aliases:
        return get(settings, project, aliases[CHAMPION])
    raise NothingYet(
        message("{project} has no champion yet.", project=project), message("Register a candidate and promote it.")
    )


def alone(settings: Settings) -> AbstractContextManager[None]:
    """Keeps every other process of this workspace from changing champions until the block ends.

    MLflow sets an alias without asking what it was, so looking and setting have to be one step for all who write.
    """
    return storage.alone(settings.models / ".champion.lock")


def promote(settings: Settings, project: str, version: int, run_id: str) -> RegisteredVersion:
    """Makes `version` the champion; the one before it stays for `rollback`. `run_id` records it: once that run is
    closed, `settled` ends the change."""
    get(settings, project, version)
    past = [item for item in _history(settings, project) if item != version]
    return _change(settings, project, version, [*past, version], run_id)


def settled(settings: Settings, project: str) -> None:
    """Ends a change of the champion: it is made, and so is its record."""
    client(settings).delete_registered_model_tag(project, CHANGE)


def settle(settings: Settings, project: str) -> None:
    """Finishes what a process that ended had begun, so that the champion is always the newest of its history.

    A change whose champion is set already is completed, with its record; of one that did not get so far nothing is
    left. A version that was not completed is removed. A champion that was set by other means than `promote` joins the
    history. Call it under `alone`.
    """
    if not exists(settings) or not _has_versions(settings, project):
        return
    for version in _versions(settings, project):
        if UNFINISHED in version.tags and is_gone(version.tags[UNFINISHED]):
            if version.alias == CHALLENGER:  # all but its last step was done
                complete(settings, project, version.version)
            else:
                withdraw(settings, project, version.version)
    told, aliases = _model_tags(settings, project), _aliases(settings, project)
    if CHANGE in told:
        change = json.loads(told[CHANGE])
        if aliases.get(CHAMPION) == change["champion"]:
            _change(settings, project, change["champion"], change["champions"], change["run"])
            client(settings).set_terminated(change["run"], "FINISHED")
        settled(settings, project)
    past, champion = _history(settings, project), aliases.get(CHAMPION)
    if champion and past[-1:] != [champion]:
        _remember(settings, project, [*(item for item in past if item != champion), champion])


def _has_versions(settings: Settings, project: str) -> bool:
    from mlflow.exceptions import MlflowException

    try:
        client(settings).get_registered_model(project)
    except MlflowException:  # none yet, or a name of a file that no store takes
        return False
    return True


def _change(settings: Settings, project: str, champion: int, champions: list[int], run_id: str) -> RegisteredVersion:
    """Sets the alias and the history, in this order; what is to become of them is written down before."""
    store, kept = client(settings), champions[-REMEMBERED:]
    intended = {"run": run_id, "champion": champion, "champions": kept}
    store.set_registered_model_tag(project, CHANGE, json.dumps(intended, separators=(",", ":")))
    store.set_registered_model_alias(project, CHAMPION, str(champion))
    if _aliases(settings, project).get(CHALLENGER) == champion:
        store.delete_registered_model_alias(project, CHALLENGER)
    _remember(settings, project, kept)
    return get(settings, project, champion)


def withdraw(settings: Settings, project: str, version: int, before: int = 0) -> None:
    """Removes a version that was never to be used, and gives the challenger's alias back to the one `before` (0: to
    none)."""
    store = client(settings)
    store.delete_model_version(project, str(version))
    if before and before != _aliases(settings, project).get(CHAMPION):
        store.set_registered_model_alias(project, CHALLENGER, str(before))


def rollback(settings: Settings, project: str, run_id: str) -> RegisteredVersion:
    """Makes the champion before the present one the champion again; `run_id` is that of `promote`."""
    current = champion(settings, project)
    back = before(settings, project)
    if not back:
        raise CourtsideError(
            message(
                "No champion of {project} came before version {version}.", project=project, version=current.version
            ),
            message("Promote another version instead."),
        )
    past = [item for item in _history(settings, project) if item != current.version]
    return _change(settings, project, back, past, run_id)


def before(settings: Settings, project: str) -> int:
    """The version that `rollback` returns to, 0 for none."""
    past = _history(settings, project)
    return past[-2] if len(past) > 1 else 0


def describe(settings: Settings, version: RegisteredVersion, text: str) -> None:
    """Sets the description (Markdown) that MLflow's own interface shows of a version."""
    client(settings).update_model_version(version.name, str(version.version), text)


def load(version: RegisteredVersion, settings: Settings) -> Pipeline:
    """The version's pipeline, from skops with the allow-list; loading it never imports PyCaret."""
    client(settings)
    return _load(settings.tracking_uri, version.name, version.version)


@lru_cache(maxsize=4)
def _load(tracking_uri: str, name: str, version: int) -> Pipeline:
    import mlflow.sklearn

    del tracking_uri  # part of the cache key only: version 1 of one store is not version 1 of another
    return mlflow.sklearn.load_model(f"models:/{name}/{version}")


def _readable(tags: Mapping[str, str]) -> dict[str, str]:
    return {str(name): limits.readable(text) for name, text in tags.items()}


def _aliases(settings: Settings, project: str) -> dict[str, int]:
    from mlflow.exceptions import MlflowException

    try:
        model = client(settings).get_registered_model(project)
    except MlflowException:
        return {}
    return {alias: int(version) for alias, version in model.aliases.items()}


def _model_tags(settings: Settings, project: str) -> dict[str, str]:
    from mlflow.exceptions import MlflowException

    try:
        return dict(client(settings).get_registered_model(project).tags)
    except MlflowException:
        return {}


def _history(settings: Settings, project: str) -> list[int]:
    return [int(item) for item in _model_tags(settings, project).get(HISTORY, "").split(",") if item]


def _remember(settings: Settings, project: str, champions: list[int]) -> None:
    client(settings).set_registered_model_tag(project, HISTORY, ",".join(map(str, champions[-REMEMBERED:])))


def _version(item: ModelVersion, aliases: Mapping[str, int]) -> RegisteredVersion:
    number = int(item.version)
    borne = [alias for alias in (CHAMPION, CHALLENGER) if aliases.get(alias) == number]
    return RegisteredVersion(
        name=item.name,
        version=number,
        alias=borne[0] if borne else "",
        run_id=item.run_id or "",
        threshold=float(item.tags[THRESHOLD]),
        registered=datetime.fromtimestamp(item.creation_timestamp / 1000).astimezone(),
        source=item.source or "",
        tags=item.tags,
    )
