"""What a workflow returns, for a shell: plain values that JSON holds, and a table that a person reads."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path

from core import workflows
from core.metrics.intervals import Interval
from core.metrics.registry import METRICS, listed, recorded
from core.monitoring.statistics import STATISTICS
from core.monitoring.verdict import Assessment
from core.retraining.mixing import Pool
from core.retraining.policies import Decision
from core.retraining.strategies import Course
from core.store.registry import RegisteredVersion
from core.store.sources import Source
from core.text.language import translate
from core.text.messages import Message
from core.workflows import Decided, Monitored, Replayed, Scored, Status, Trained, TrainedCandidate


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
        case RegisteredVersion():
            return {"name": value.name, "version": value.version, "alias": value.alias, "candidate": value.candidate}
        case Monitored():
            return {
                "run_id": value.run_id,
                "batch": value.batch,
                **_assessment(value.assessment),
                "policy": _policy(decision) if (decision := workflows.decision(value.run_id)) else None,
                "alert": plain(workflows.alert(value.run_id)),
            }
        case Decided():
            return {
                "batch": value.batch,
                "version": value.version,
                "when": plain(value.when),
                **_policy(value.decision),
            }
        case Replayed():
            found = value.replay
            return {"run_id": value.run_id, "version": value.version, "conclusion": plain(found.conclusion),
                    "advised": found.advised, "windows": len(found.windows), "rows": found.rows,
                    "strategies": [_course(course) for course in found.courses]}  # fmt: skip
        case Scored():
            counted = (name for name in value.__dataclass_fields__ if name != "metrics")
            figures = {key: value.metrics.get(key) for key in METRICS}
            return {**{name: plain(getattr(value, name)) for name in counted}, **figures}
        case TrainedCandidate():
            figures = [f"test_{metric.key}" for metric in listed("summary")]
            named = {"name": value.name, "run_id": value.run_id, "cv_log_loss_mean": value.cv_log_loss_mean}
            return {**named, **{name: value.metrics.get(name) for name in figures}, "metrics": value.metrics}
        case Trained():
            shown = ("run_id", "preparation_run", "when", "seconds", "candidates", "failures", "recommended", "reason")
            return {name: plain(getattr(value, name)) for name in shown}
        case Status():
            monitored = value.monitored
            return {
                "stages": {stage.key: {"state": stage.state, "fact": str(stage.fact)} for stage in value.stages},
                "champion": plain(value.champion),
                "last_batch": plain(value.scored),
                "verdict": _sentence(monitored.assessment) if monitored else None,
            }
        case Pool():
            shown = ("unlabelled", "known", "repeated", "older", "window")
            return {name: getattr(value, name) for name in shown}
        case Source():
            shown = ("key", "title", "path", "rows", "columns", "available", "synthetic", "role")
            return {name: plain(getattr(value, name)) for name in shown}
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
    if is_dataclass(value):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def _assessment(assessment: Assessment) -> dict:
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


def _course(course: Course) -> dict:
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


def _policy(decision: Decision) -> dict:
    return {"retrain": decision.retrain, "rule": decision.trigger, "reasons": plain(decision.reasons)}


def _sentence(assessment: Assessment) -> str:
    return " ".join(str(part) for part in (assessment.headline, *assessment.reasons))


def table(result: dict, indent: str = "", about: str = "") -> str:
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


def _rows(rows: list[dict], indent: str) -> list[str]:
    names = [name for name, value in rows[0].items() if not isinstance(value, dict | list)]
    cells = [names, *([_cell(row.get(name), name) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    return [indent + "  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)) for line in cells]


def _cell(value: object, *names: str) -> str:
    """A value as what it is called asks for, by the first of its names that is known."""
    if value is None:
        return "-"
    known = next(filter(None, (recorded(name) or STATISTICS.get(name) for name in names)), None)
    return format(value, known.spec if known else ".4f") if isinstance(value, float) else str(value)
