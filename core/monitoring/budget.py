"""How rarely a version may be suspected in vain: a chance of one in twenty for its lifetime, spent look by look.

One reference is held against batch after batch, and each look may err. Looks that share a fixed sum of chances keep the
chance of any error below that sum, however they depend on one another and whenever one stops looking (alpha spending by
Bonferroni's inequality; Lan and DeMets, "Discrete sequential boundaries for clinical trials", 1983). Half of the budget
goes evenly to the first two hundred looks, so that a late fault is found nearly as soon as an early one. The other half
goes to look k in proportion to 1 / (k (k + 1)), so that the first looks are sharp and no look is ever left without.
"""

from __future__ import annotations

LIFETIME = 0.05
"""The chance that a version of an unchanged world is ever suspected."""
EVEN = 200
"""Looks that share the even half of the budget."""


def level(look: int) -> float:
    """The chance of a false alarm that a version's look of this number, from 1, may take."""
    return LIFETIME / 2 * ((look <= EVEN) / EVEN + 1 / (look * (look + 1)))


def spent(looks: int) -> float:
    """The share of the budget that so many looks have taken, from 0 to 1."""
    return (min(looks, EVEN) / EVEN + looks / (looks + 1)) / 2
