"""What a workflow returns, for a shell: plain values that JSON holds, and a table that a person reads."""

from __future__ import annotations

from dataclasses import asdict, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core import workflows
from core.metrics.intervals import Interval
from core.retraining.mixing import Pool
from core.store.registry import RegisteredVersion
from core.store.sources import Source
from core.text.language import translate
from core.text.messages import Message
from core.workflows import Decided, Monitored, Replayed, Status, Trained

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
        case Monitored():
            return _monitored(value)
        case Decided():
            return {"batch": value.batch, "version": value.version, "when": plain(value.when)} | _policy(value.decision)
        case Replayed():
            return _replayed(value)
        case Status():
            return _status(value)
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
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


def _status(found: Status) -> dict[str, object]:
    return {
        "stages": {stage.key: {"state": stage.state, "fact": str(stage.fact)} for stage in found.stages},
        "champion": plain(found.champion),
        "last_batch": plain(found.scored),
        "verdict": _sentence(found.monitored.assessment) if found.monitored else None,
    }


def _assessment(assessment: Assessment) -> dict[str, object]:
    shown = ("feature", "psi", "ks", "wasserstein", "total_variation", "drifted")
    return {
        "verdict": _sentence(assessment),
        "level": assessment.level,
        "drift": [{name: getattr(item, name) for name in shown} for item in assessment.drift],
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


def _sentence(assessment: Assessment) -> str:
    return " ".join(str(part) for part in (assessment.headline, *assessment.reasons))


def table(result: dict[str, object], indent: str = "") -> str:
    """What `plain` returns, a line each, lists of alike things as columns."""
    width = max((len(key) for key in result), default=0)
    lines = []
    for key, value in result.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            lines += [f"{indent}{key}", *_rows(value, indent + "  ")]
        elif isinstance(value, dict):
            lines += [f"{indent}{key}", table(value, indent + "  ")]
        else:
            lines.append(f"{indent}{key:<{width}}  {_cell(value)}")
    return "\n".join(lines)


def _rows(rows: list[dict[str, object]], indent: str) -> list[str]:
    names = [name for name, value in rows[0].items() if not isinstance(value, dict | list)]
    cells = [names, *([_cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    return [indent + "  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)) for line in cells]


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
