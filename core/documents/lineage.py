"""From a figure back to the file it came from, and on to what was made of it: versions, batches, assessments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from core.text.messages import Message

Kind = Literal["file", "contract", "preparation", "training", "candidate", "version", "batch", "assessment"]
Details = dict[str, str | int | float]
"""What is recorded of a step, by its name."""
SAFE = " .,:;()[]/%+-_"
"""What Mermaid takes for nothing but itself inside quotes, beside letters and digits."""


@dataclass(frozen=True)
class Node:
    """One step: its `kind`, what it is called, what is recorded of it, the nodes it was made from, and the page (with
    the choices of its link) that shows it. `key` is unique in its graph; that of a run is the run's id."""

    key: str
    kind: Kind
    title: Message
    details: Details
    parents: tuple[str, ...] = ()
    page: str = ""
    choices: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lineage:
    """The steps behind and after the node with the key `about`, each after those it was made from."""

    nodes: tuple[Node, ...]
    about: str = ""

    def as_dict(self) -> dict[str, object]:
        """The graph for other programs; titles in English."""
        return {
            "about": self.about,
            "nodes": [
                {"key": node.key, "kind": node.kind, "title": str(node.title), **node.details} for node in self.nodes
            ],
            "edges": [{"from": parent, "to": node.key} for node in self.nodes for parent in node.parents],
        }


def mermaid(lineage: Lineage, say: Callable[[Message], str], *, narrow: bool = False) -> str:
    """The graph as a Mermaid flowchart, titles as `say` puts them; nothing that a file's name holds breaks out. On a
    `narrow` screen it leads down the page."""
    places = {node.key: f"n{place}" for place, node in enumerate(lineage.nodes)}
    lines = ["flowchart TD" if narrow else "flowchart LR"]
    for node in lineage.nodes:
        lines.append(f'  {places[node.key]}["{escaped(say(node.title))}"]')
        lines += [f"  {places[parent]} --> {places[node.key]}" for parent in node.parents]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """A text that Mermaid shows as it is: every other sign as its character code."""
    return "".join(sign if sign.isalnum() or sign in SAFE else f"#{ord(sign)};" for sign in text)
