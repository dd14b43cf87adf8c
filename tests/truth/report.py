"""Writes docs/truth.md: how often Courtside is wrong in worlds whose truth is known.

python -m tests.truth.report [AREA ...] [--draws N]     # all areas, or some of them: what the others had stays
"""

from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.truth.promises import Measured, Promise

AREAS = {"training": "Training and comparing", "verdict": "The verdict", "drift": "Drift and data quality"}
PAGE = Path(__file__).resolve().parents[2] / "docs" / "truth.md"
INTRODUCTION = """# How often Courtside is wrong

Each figure here is measured in a simulated world whose truth is known: data are drawn, Courtside is asked, and its
answer is held against the truth. A false alarm is an answer that asks for something where nothing is wrong. Power is
the share of true faults that are found. Coverage is the share of intervals that hold the truth. ± is one standard error
of the simulation itself. A figure that misses its bound is marked **missed**; "within error" says that it is beyond the
bound by less than two standard errors.

`make truth` measures everything anew; `python -m tests.truth.report verdict` one area.
"""


def section(area: str, most: int | None = None, say=print) -> str:
    """The section of one area: every promise with its worlds, then what stays undetectable; of at most `most` draws."""
    module = importlib.import_module(f"tests.truth.{area}")
    parts = [f"## {AREAS[area]}"]
    for promise in module.PROMISES:
        say(f"{area}: {promise.claim}")
        parts.append("\n".join(_table(promise, most, say)))
    if module.UNDETECTABLE:
        parts.append("### What remains undetectable\n\n" + "\n".join(f"- {one}" for one in module.UNDETECTABLE))
    return "\n\n".join(parts) + "\n"


def verdict(promise: Promise, found: Measured) -> str:
    """Whether a measured rate keeps its promise, in a word."""
    if promise.keeps(found):
        return "kept"
    return "**missed**, within error" if promise.keeps(found, errors=2) else "**missed**"


def written(page: str, sections: dict[str, str]) -> str:
    """The page with these sections in the place of its own; the others stay as they are."""
    parts = re.split(r"^<!-- area: (\w+) -->\n", page, flags=re.MULTILINE)[1:]
    kept = dict(zip(parts[::2], (part.strip("\n") + "\n" for part in parts[1::2]), strict=True)) | sections
    return "\n".join([INTRODUCTION, *(f"<!-- area: {area} -->\n{kept[area]}" for area in AREAS if area in kept)])


def _table(promise: Promise, most: int | None, say) -> Iterator[str]:
    yield f"### {promise.claim}\n"
    yield f"| world | {promise.kind} | bound | draws | |"
    yield "|---|---|---|---|---|"
    for world in promise.worlds:
        found = promise.measured(world, min(promise.draws, most or promise.draws))
        row = f"| {world} | {found.rate:.1%} ± {found.error:.1%} | {promise.bound} | {found.runs:,} | "
        say(f"  {row}{verdict(promise, found)}")
        yield f"{row}{verdict(promise, found)} |"


def main() -> None:
    """Measures the areas asked for, and writes the page after each."""
    there = [area for area in AREAS if Path(__file__).with_name(f"{area}.py").exists()]
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("areas", nargs="*", help=", ".join(there))
    asked.add_argument("--draws", type=int, help="at most so many of a world, for a first look")
    said = asked.parse_args()
    for area in said.areas or there:
        found = section(area, said.draws, lambda line: print(line, flush=True))
        page = PAGE.read_text() if PAGE.exists() else ""
        PAGE.write_text(written(page, {area: found}))


if __name__ == "__main__":
    main()
