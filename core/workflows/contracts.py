"""A project before its first run: its contract, and the tables that it can be fed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.data import contract as contracts
from core.data import drafting
from core.store import outside, settings, sources
from core.store import projects as kept
from core.text.errors import CourtsideError
from core.text.messages import message

if TYPE_CHECKING:
    from core.data.contract import Contract, Feature
    from core.data.drafting import Column, Roles


def projects() -> list[str]:
    """The names of the projects there are."""
    return kept.names(settings.load())


def project_contract(project: str) -> Contract:
    """The contract of a project as its file says it today."""
    return kept.find(settings.load(), project)


def data_sources(project: str) -> list[sources.Source]:
    """What a project can be fed from: built-in files and uploads. Lists, downloads nothing."""
    place = settings.load()
    return sources.catalogue(place, kept.find(place, project))


def upload(name: str, data: bytes) -> Path:
    """Keeps an uploaded file in the workspace and returns where."""
    return sources.keep_upload(settings.load(), name, data)


def table_link(data: str) -> str:
    """What a link says of a table: the name of one that is kept here, else its path. Of a URI it is the path of the
    copy, because the address may hold a password."""
    place = settings.load()
    path = sources.copy_of(place, data) if "://" in data else Path(data)
    return path.name if path.parent == place.raw and path.is_file() else str(path)


def table_columns(data: str) -> list[Column]:
    """What is in the columns of a table that no project describes yet, by its path or URI."""
    return drafting.columns(outside.read_table(sources.locate(settings.load(), data)))


def target_values(data: str, column: str) -> list[str]:
    """The values of a column as a target would have them; more than two make it none."""
    table = outside.read_table(sources.locate(settings.load(), data))
    return drafting.outcomes(table.iloc[:, list(table.columns).index(column)])


def create_project(data: str, roles: Roles, *, name: str, features: Sequence[str] = ()) -> Contract:
    """Drafts the contract of the table at `data` (see `core.data.drafting.draft`) and saves it as a new project."""
    place = settings.load()
    contract = drafting.draft(outside.read_table(sources.locate(place, data)), roles, name=name, features=features)
    with kept.alone(place):
        if contract.name in kept.names(place):
            raise CourtsideError(
                message("There is a project {name} already.", name=contract.name), message("Choose another name.")
            )
        kept.save(place, contract)
    return contract


def edit_contract(project: str, features: Sequence[Feature], *, expected: str = "") -> Contract:
    """Saves a project's contract with other features; one that contradicts itself is a `CourtsideError`, unsaved.

    `expected` is the fingerprint of the contract that was edited: another one by now is a `CourtsideError` too, so that
    nobody's change is lost.
    """
    place = settings.load()
    with kept.alone(place):
        present = kept.find(place, project)
        if expected and expected != present.fingerprint:
            raise CourtsideError(
                message("Meanwhile the contract of {name} was changed.", name=project),
                message("Nothing was saved. Reload the page, and make your changes to the new contract."),
            )
        changed = replace(present, features=tuple(features))
        # Reading it back is the one place that knows what a contract may say.
        kept.save(place, contracts.loads(contracts.dumps(changed)))
    return changed
