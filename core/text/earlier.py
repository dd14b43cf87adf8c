"""Sentences that runs of earlier releases hold and nothing writes any more. The catalogues know them from here."""

from __future__ import annotations

from core.text.messages import Message, message

EARLIER: tuple[Message, ...] = (
    message("Its calibration error is {ece:.3f} [{low:.3f}, {high:.3f}]; at most {limit} is asked for."),
    message("Even on the test rows the probabilities are off by {error:.0%} on average."),
    message(
        "Without labels, skill is estimated at {skill:.1%} ({low:.1%} to {high:.1%}), and the estimate can be trusted."
    ),
)
