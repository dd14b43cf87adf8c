"""What a candidate needs before it is registered; every miss is named with its figure and its limit."""

from __future__ import annotations

from collections.abc import Mapping

from core.metrics.recorded import HIGH, LOW, on_test
from core.metrics.registry import METRICS
from core.text.messages import Message, message

CALIBRATION = 0.05
"""The expected calibration error that a candidate must not certainly exceed."""


def misses(metrics: Mapping[str, float], contract: str, champions: str = "") -> tuple[Message, ...]:
    """What keeps a candidate from being registered without a reason, by its recorded `test_...` metrics.

    Its skill must be above 0 with its whole interval. Its calibration error must not be above `CALIBRATION` with its
    whole interval: on few rows the error of a perfect model is above it too, by chance alone. `contract` and
    `champions` are the fingerprints of its contract and of the champion's ("" for no champion), and must be the same.
    A figure that was not recorded (a test split of one outcome) is a miss.
    """
    found, error = [], METRICS["ece"]
    if not metrics.get(on_test("skill", LOW), -1.0) > 0:
        found.append(_skill(metrics))
    if metrics.get(on_test("ece", LOW), 0.0) > CALIBRATION:
        found.append(
            message(
                "Its calibration error is {ece} [{low}, {high}]; at most {limit} is asked for.",
                ece=error.written(metrics[on_test("ece")]),
                low=error.written(metrics[on_test("ece", LOW)]),
                high=error.written(metrics[on_test("ece", HIGH)]),
                limit=error.written(CALIBRATION),
            )
        )
    if champions and contract != champions:
        found.append(
            message(
                "It was trained under contract {own}; the champion's is {other}.", own=contract[:8], other=champions[:8]
            )
        )
    return tuple(found)


def _skill(metrics: Mapping[str, float]) -> Message:
    if on_test("skill", LOW) not in metrics:
        return message("Its skill is not known; above 0 is asked for.")
    return message(
        "Its skill on test is {skill:+.1%} [{low:+.1%}, {high:+.1%}]; its whole interval must lie above 0.",
        skill=metrics[on_test("skill")],
        low=metrics[on_test("skill", LOW)],
        high=metrics[on_test("skill", HIGH)],
    )
