"""The projects of a workspace: each is one contract, a file in `data/contracts/`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.data import contract as contracts
from core.data.contract import Contract, nearest
from core.store import storage
from core.store.settings import HOUSE, Settings
from core.text.errors import CourtsideError
from core.text.messages import message

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

REFUSED = frozenset("'\":`\\")
"""Signs that MLflow takes neither in a model's name nor in a question for it."""


def names(settings: Settings) -> list[str]:
    """The projects, sorted: every contract of the workspace, and those that come with Courtside."""
    return sorted(_contract_files(settings))


def find(settings: Settings, name: str) -> Contract:
    """A project's contract; the workspace's before the shipped one of the same name.

    An unknown project is a `CourtsideError` that names the nearest, a contract that says another name one too.
    """
    files = _contract_files(settings)
    if name not in files:
        near = nearest(name, files)
        raise CourtsideError(
            message("There is no project {name}.", name=name),
            message("Did you mean {near}?", near=near)
            if near
            else message("The projects are {names}.", names=sorted(files)),
        )
    if refused := sorted(REFUSED & set(name)):
        raise CourtsideError(
            message("The project name {name} contains {signs}, which MLflow can't store.", name=name, signs=refused),
            message("Rename {file} and the contract in it. Use letters, digits, - and _.", file=files[name].name),
        )
    contract = contracts.load(files[name])
    if contract.name != name:
        raise CourtsideError(
            message("The contract {file} is named {name}.", file=files[name].name, name=contract.name),
            message("Give the file and the contract in it the same name."),
        )
    return contract


def alone(settings: Settings) -> AbstractContextManager[None]:
    """Keeps every other process of this workspace from writing contracts until the block ends: whether one is there,
    and which, has to hold until the new one is."""
    return storage.alone(settings.contracts / ".lock")


def save(settings: Settings, contract: Contract) -> Path:
    """Writes a contract into the workspace, over an earlier one of the same name, and returns where. Call it under
    `alone`."""
    path = settings.contracts / f"{contract.name}.toml"
    storage.write_text(contracts.dumps(contract), path)
    return path


def _contract_files(settings: Settings) -> dict[str, Path]:
    folders = (HOUSE / "data" / "contracts", settings.contracts)
    return {path.stem: path for folder in folders for path in folder.glob("*.toml")}
