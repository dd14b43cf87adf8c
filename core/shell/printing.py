"""What a workflow returns, for a shell: plain values that JSON holds, and a table that a person reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import workflows
from core.metrics.intervals import Interval
from core.metrics.recorded import on_test
from core.metrics.registry import METRICS, listed, recorded
from core.monitoring.statistics import STATISTICS
from core.retraining.mixing import Pool
from core.store.registry import RegisteredVersion
from core.store.sources import Source
from core.text.language import translate
from core.text.messages import Message
from core.workflows import Decided, Monitored, Replayed, Scored, Status, Trained, TrainedCandidate

if TYPE_CHECKING:
    from core.monitoring.verdict import Assessment
    from core.retraining.policies import Decision
    from core.retraining.strategies import Course


SHOWN: dict[type, tuple[str, ...]] = {
    RegisteredVersion: ("name", "version", "alias", "candidate"),
    Trained: ("run_id", "preparation_run", "when", "seconds", "candidates", "failures", "recommended", "reason"),
    Pool: ("unlabelled", "known", "repeated", "older", "window"),
    Source: ("key", "title", "path", "rows", "columns", "available", "synthetic", "role"),
}
"""Of large values, what a shell asks for."""


def plain(value: object) -> object:
    """The same as text, numbers, lists and dictionaries, sentences in English; of a large value the part that
    a shell asks for."""
    match value:
        case Message():
            return translate(value, "en")
        case datetime():
            return value.isoformat(timespec="seconds")
        case Path():
            return str(value)
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
    if made := MADE.get(type(value)):
        return made(value)
    if not is_dataclass(value):
        return value
    names = SHOWN.get(type(value)) or [field.name for field in fields(value)]
    return {name: plain(getattr(value, name)) for name in names}


def _monitored(found: Monitored) -> dict[str, object]:
    decision = workflows.decision(found.run_id)
    return {
        "run_id": found.run_id,
        "batch": found.batch,
        **_assessment(found.assessment),
        "policy": _policy(decision) if decision else None,
        "alert": plain(workflows.alert(found.run_id)),
    }


def _decided(found: Decided) -> dict[str, object]:
    return {"batch": found.batch, "version": found.version, "when": plain(found.when), **_policy(found.decision)}


def _replayed(found: Replayed) -> dict[str, object]:
    replay = found.replay
    return {
        "run_id": found.run_id,
        "version": found.version,
        "conclusion": plain(replay.conclusion),
        "advised": replay.advised,
        "windows": len(replay.windows),
        "rows": replay.rows,
        "strategies": [_course(course) for course in replay.courses],
    }


def _scored(found: Scored) -> dict[str, object]:
    counted = {field.name: plain(getattr(found, field.name)) for field in fields(found) if field.name != "metrics"}
    return {**counted, **{key: found.metrics.get(key) for key in METRICS}}


def _candidate(found: TrainedCandidate) -> dict[str, object]:
    named = {"name": found.name, "run_id": found.run_id, "cv_log_loss_mean": found.cv_log_loss_mean}
    shown = [on_test(metric.key) for metric in listed("summary")]
    return {**named, **{name: found.metrics.get(name) for name in shown}, "metrics": found.metrics}


def _status(found: Status) -> dict[str, object]:
    return {
        "stages": {stage.key: {"state": stage.state, "fact": str(stage.fact)} for stage in found.stages},
        "champion": plain(found.champion),
        "last_batch": plain(found.scored),
        "verdict": _sentence(found.monitored.assessment) if found.monitored else None,
    }


def _assessment(assessment: Assessment) -> dict[str, object]:
    return {
        "verdict": _sentence(assessment),
        "level": assessment.level,
        "drift": [
            {"feature": item.feature, **{key: item[key] for key in STATISTICS}, "drifted": item.drifted}
            for item in assessment.drift
        ],
        "outside_share": assessment.outside_share,
        "performance": asdict(assessment.performance) if assessment.performance else None,
    }


def _course(course: Course) -> dict[str, object]:
    asked = [step for step in course.steps if step.retrain]
    gain = course.difference or Interval(0.0, 0.0, 0.0)
    return {
        "strategy": course.strategy.key,
        "retrainings": course.retrainings,
        "log_loss": course.log_loss,
        "skill": course.skill,
        "against_never": gain.value,
        "low": gain.low,
        "high": gain.high,
        "retrained_after": [{"window": step.window, "why": plain(step.reasons)} for step in asked],
    }


def _policy(decision: Decision) -> dict[str, object]:
    return {"retrain": decision.retrain, "rule": decision.trigger, "reasons": plain(decision.reasons)}


MADE: dict[type, Callable[[Any], dict[str, object]]] = {
    Monitored: _monitored,
    Decided: _decided,
    Replayed: _replayed,
    Scored: _scored,
    TrainedCandidate: _candidate,
    Status: _status,
}
"""Of these, what a shell asks for is not only a part."""


def _sentence(assessment: Assessment) -> str:
    return " ".join(str(part) for part in (assessment.headline, *assessment.reasons))


def table(result: dict[str, object], indent: str = "", about: str = "") -> str:
    """What `plain` returns, a line each, lists of alike things as columns; `about` is what all of it is about."""
    width = max((len(key) for key in result), default=0)
    lines = []
    for key, value in result.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            lines += [f"{indent}{key}", *_rows(value, indent + "  ")]
        elif isinstance(value, dict):
            lines += [f"{indent}{key}", table(value, indent + "  ", key)]
        else:
            lines.append(f"{indent}{key:<{width}}  {_cell(value, key, about)}")
    return "\n".join(lines)


def _rows(rows: list[dict[str, object]], indent: str) -> list[str]:
    names = [name for name, value in rows[0].items() if not isinstance(value, dict | list)]
    cells = [names, *([_cell(row.get(name), name) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    return [indent + "  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)) for line in cells]


def _cell(value: object, *names: str) -> str:
    """A value as what it is called asks for, by the first of its names that is known."""
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    specs = (known.spec for name in names if (known := recorded(name) or STATISTICS.get(name)))
    return format(value, next(specs, ".4f"))
