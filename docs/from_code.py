"""Writes into the documentation what the code says: `make docs`.

A block stands between `<!-- from the code: NAME -->` and `<!-- end -->`; the rest of a file is written by hand.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

import click

from core.shell.cli import cli
from core.store.settings import HOUSE
from core.workflows.runs import Artifact, RunName

DOCS = HOUSE / "docs"
BLOCK = re.compile(r"(<!-- from the code: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
WIDTH = 100
"""Characters of a line of a command's help."""


def renewed(text: str) -> str:
    """The text with each of its blocks as the code has it now."""
    return BLOCK.sub(lambda found: f"{found[1]}{BLOCKS[found[2]]()}\n{found[3]}", text)


def layers() -> str:
    """A diagram of the packages: each may import those on the rows below it."""
    (contract,) = [one for one in _contracts() if one["type"] == "layers"]
    above = [root for root in _linter()["root_packages"] if root not in contract["containers"]]
    rows = [" & ".join(above), *(row.replace(" | ", " & ") for row in contract["layers"])]
    arrows = [f"  {upper} --> {lower}" for upper, lower in pairwise(rows)]
    return "\n".join(["```mermaid", "flowchart TD", *arrows, "```"])


def rules() -> str:
    """The other import rules, each with the packages and imports that it is about."""
    return "\n".join(_rule(one) for one in _contracts() if one["type"] == "forbidden")


def commands() -> str:
    """The help of every command, as the shell shows it."""
    return "\n\n".join(f"### {path}\n\n```\n{text}\n```" for path, text in _helps(cli, "python -m core", None))


def runs() -> str:
    """Each kind of run, and what one of it says happened."""
    return _table(("run", "what happened"), ((f"`{one}`", one.meaning) for one in RunName))


def artifacts() -> str:
    """Each file that runs keep, and the runs that keep it."""
    rows = ((f"`{one}`", one.run, one.meaning) for one in Artifact)
    return _table(("artifact", "run", "what it is"), rows)


BLOCKS: dict[str, Callable[[], str]] = {
    "layers": layers,
    "rules": rules,
    "commands": commands,
    "runs": runs,
    "artifacts": artifacts,
}


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _linter() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((HOUSE / "pyproject.toml").read_text())["tool"]["importlinter"]
    return found


def _contracts() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _linter()["contracts"]
    return found


def _rule(contract: dict[str, Any]) -> str:
    who, what = _listed(contract["source_modules"]), _listed(contract["forbidden_modules"])
    how = "" if contract.get("allow_indirect_imports") else ", not even through another module"
    excepted = contract.get("ignore_imports")
    but = f" Exceptions: {_listed(excepted)}." if excepted else ""
    return f"- **{contract['name']}.** {who} must not import {what}{how}.{but}"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _helps(command: click.Command, name: str, above: click.Context | None) -> Iterator[tuple[str, str]]:
    context = click.Context(
        command, parent=above, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH, **command.context_settings
    )
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for below, one in command.commands.items():
            yield from _helps(one, below, context)


def main() -> None:
    """Renews the blocks of every file in docs/."""
    for path in DOCS.rglob("*.md"):
        path.write_text(renewed(path.read_text()))


if __name__ == "__main__":
    main()
