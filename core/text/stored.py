"""Sentences that no code writes any more and that runs of earlier versions hold: they stay translated."""

from core.text.messages import message

STORED = (
    message(
        "Without labels, skill is estimated at {skill:.1%} ({low:.1%} to {high:.1%}), and the estimate can be trusted."
    ),
)
