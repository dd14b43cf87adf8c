"""What a report says of the skill over windows of time, and on one batch after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.charts import performance
from core.charts.style import Look
from core.documents.document import UNKNOWN, Chart, Part, Section, Table, between, figure
from core.metrics.registry import METRICS
from core.text.messages import message

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.metrics.intervals import Interval
    from core.metrics.windows import Window

SKILL = METRICS["skill"]


@dataclass(frozen=True)
class Batches:
    """The skill on one batch after the other, the version that scored each, and what each version reached on its own
    test rows."""

    windows: Sequence[Window]
    versions: Sequence[int]
    references: Mapping[int, Interval | None]

    @property
    def comparable(self) -> bool:
        """Whether there are two batches whose labels say something."""
        return sum(bool(one.skill) for one in self.windows) > 1


def over_time(windows: Sequence[Window], reference: Interval | None, batches: Batches) -> Section:
    """Both trends, each where there is one."""
    return Section(message("Over time"), (*_windows(windows, reference), *_batches(batches)))


def _windows(windows: Sequence[Window], reference: Interval | None) -> list[Part]:
    if not windows:
        return []
    known = [one for one in windows if one.skill]
    counts = message("Rows"), message("With a label"), message("Target rate")
    header = message("Window"), *counts, SKILL.short, message("95 %")
    rows = [
        (one.label or UNKNOWN, figure(one.rows, ",d"), figure(one.labelled, ",d"), figure(one.target_rate, ".1%"),
         *between(one.skill, SKILL.spec))
        for one in windows
    ]  # fmt: skip
    parts: list[Part] = []
    if known:
        worst = SKILL.worst(known, lambda one: one.skill.value)
        alt = message("Lowest in {label}: {skill}.", label=worst.label, skill=SKILL.written(worst.skill.value))
        drawn = (tuple(known), reference)
        parts.append(Chart(message("Skill over time, with 95 % band"), trend_drawn, drawn, alt))
    return [*parts, Table(message("Skill over time"), header, tuple(rows))]


def _batches(found: Batches) -> list[Part]:
    if not found.comparable:
        return []
    counts = message("Rows"), message("With a label"), message("Target rate")
    header = message("Batch"), message("Version"), *counts, SKILL.short, message("95 %")
    rows = [
        (one.label, figure(version, "d"), figure(one.rows, ",d"), figure(one.labelled, ",d"),
         figure(one.target_rate, ".1%"), *between(one.skill, SKILL.spec))
        for one, version in zip(found.windows, found.versions, strict=True)
    ]  # fmt: skip
    known = [pair for pair in zip(found.windows, found.versions, strict=True) if pair[0].skill]
    windows, versions = zip(*known, strict=True)
    worst = SKILL.worst(windows, lambda one: one.skill.value)
    alt = message("Lowest in {label}: {skill}.", label=worst.label, skill=SKILL.written(worst.skill.value))
    drawn = (windows, found.references.get(versions[-1]), versions, found.references)
    chart = Chart(message("Skill by batch, with 95 % band"), trend_drawn, drawn, alt)
    return [chart, Table(message("Skill by batch"), header, tuple(rows))]


def trend_drawn(
    look: Look,
    windows: Sequence[Window],
    before: Interval | None,
    versions: Sequence[int] = (),
    references: Mapping[int, Interval | None] | None = None,
) -> Figure:
    parts = [[getattr(one.skill, name) for one in windows] for name in ("value", "low", "high")]
    bounds = (before.value, before.low, before.high) if before else ()
    label = look.say(message("test {skill}", skill=SKILL.written(before.value))) if before else ""
    labels = [one.label for one in windows]
    zero = SKILL.worthless
    words = {"reference_label": label, "zero_label": look.say(zero.title)}
    made_by = {"versions": versions, "references": references}
    return performance.trend(
        look, labels, *parts, *bounds, **words, **made_by, spec=SKILL.spec, zero=zero.value, height=220
    )
