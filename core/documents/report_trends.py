"""What a report says of the skill over windows of time, and on one batch after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.charts import performance
from core.documents.document import UNKNOWN, Chart, Part, Section, Table, between, figure
from core.metrics.registry import METRICS
from core.text.messages import Message, message

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.charts.style import Look
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
    known = [(one.label, one.skill) for one in windows if one.skill]
    counts = message("Rows"), message("With a label"), message("Target rate")
    header = message("Window"), *counts, SKILL.short, message("95 %")
    rows = [
        (one.label or UNKNOWN, figure(one.rows, ",d"), figure(one.labelled, ",d"), figure(one.target_rate, ".1%"),
         *between(one.skill, SKILL.spec))
        for one in windows
    ]  # fmt: skip
    parts: list[Part] = []
    if known:
        drawn = (tuple(known), reference)
        parts.append(Chart(message("Skill over time, with 95 % band"), trend_drawn, drawn, _lowest(known)))
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
    known = [(one.label, one.skill) for one in found.windows if one.skill]
    versions = [version for one, version in zip(found.windows, found.versions, strict=True) if one.skill]
    drawn = (tuple(known), found.references.get(versions[-1]), performance.MadeBy(versions, found.references))
    chart = Chart(message("Skill by batch, with 95 % band"), trend_drawn, drawn, _lowest(known))
    return [chart, Table(message("Skill by batch"), header, tuple(rows))]


def _lowest(skills: Sequence[tuple[str, Interval]]) -> Message:
    label, skill = SKILL.worst(skills, lambda one: one[1].value)
    return message("Lowest in {label}: {skill}.", label=label, skill=SKILL.written(skill.value))


def trend_drawn(
    look: Look,
    skills: Sequence[tuple[str, Interval]],
    before: Interval | None,
    made_by: performance.MadeBy | None = None,
) -> Figure:
    value, low, high = ([getattr(skill, name) for _, skill in skills] for name in ("value", "low", "high"))
    said = look.say(message("test {skill}", skill=SKILL.written(before.value))) if before else ""
    zero = SKILL.worthless
    return performance.trend(
        look,
        performance.Points([label for label, _ in skills], value, low, high),
        performance.Level(before.value, said, before.low, before.high) if before else None,
        zero=zero and performance.Level(zero.value, look.say(zero.title)),
        made_by=made_by,
        height=220,
    )
