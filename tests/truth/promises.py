"""What Courtside promises about its own errors, and how a simulation measures it.

A module beside this one (`verdict`, `training`, `drift`) holds `PROMISES` of its area, and `UNDETECTABLE`: sentences on
what no figure there can show. A world draws data whose truth is known, asks Courtside, and says whether the event of
the promise came to pass.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["false alarms", "power", "coverage"]
World = Callable[[np.random.Generator, int], Sequence[bool] | np.ndarray]
"""Of so many draws, the events that came to pass: one bool a draw, or fewer where a draw does not count."""


@dataclass(frozen=True)
class Measured:
    """The share of `runs` draws in which the event came to pass, with its Monte Carlo error (one standard error)."""

    rate: float
    error: float
    runs: int

    @classmethod
    def of(cls, events: Sequence[bool] | np.ndarray) -> Measured:
        runs, hits = len(events), int(np.sum(events))
        # Half an event more: none in 200 draws is not a rate of 0 without an error.
        share = (hits + 0.5) / (runs + 1)
        return cls(hits / max(runs, 1), float(np.sqrt(share * (1 - share) / max(runs, 1))), runs)


@dataclass(frozen=True)
class Promise:
    """A claim in one sentence, the worlds in which it must hold, and the rate that it allows there.

    `most` and `least` bound the rate of the event. `draws` are those of the report. `quick` are those of the fast
    suite in the first two worlds, which fails where a rate is more than three errors beyond its bound; 0 leaves the
    promise to the slow one.
    """

    claim: str
    kind: Kind
    worlds: Mapping[str, World]
    most: float = 1.0
    least: float = 0.0
    draws: int = 200
    quick: int = 0

    def measured(self, world: str, draws: int | None = None) -> Measured:
        """The rate in one world; the same draws each time."""
        rng = np.random.default_rng(zlib.crc32(f"{self.claim}/{world}".encode()))
        return Measured.of(self.worlds[world](rng, self.draws if draws is None else draws))

    def keeps(self, found: Measured, errors: float = 0.0) -> bool:
        """Whether a measured rate is within its bounds, or no more than so many errors beyond them."""
        room = errors * found.error
        return self.least - room <= found.rate <= self.most + room

    @property
    def bound(self) -> str:
        """The bounds in words."""
        if self.least and self.most < 1:
            return f"{self.least:.0%} to {self.most:.0%}"
        return f"at least {self.least:.0%}" if self.least else f"at most {self.most:.0%}"


def each(draw: Callable[[np.random.Generator], bool | None]) -> World:
    """A world that is drawn one by one; a draw that gives None does not count."""
    return lambda rng, draws: [bool(event) for event in (draw(rng) for _ in range(draws)) if event is not None]
