"""What changed between the reference and a batch, feature by feature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from core import workflows
from core.charts import drift
from core.monitoring.drift import EFFECT
from core.monitoring.statistics import STATISTICS
from core.text.messages import message
from pages.parts import court
from pages.parts.frame import card, folded
from pages.parts.monitor import over_time, sight
from pages.parts.picture import picture
from pages.parts.reads import read
from pages.parts.score.batch import stem
from pages.parts.state import _, number, say, titles
from pages.parts.table import table
from pages.parts.terms import term

if TYPE_CHECKING:
    from core.monitoring.drift import FeatureDrift
    from core.monitoring.statistics import Statistic
    from core.monitoring.verdict import Assessment

FEATURES = 3
"""Drawn before and now, beside the predictions; the table has all."""
MOVED: dict[str, tuple[Callable[[], str], str]] = {
    "effect": (lambda: _("Effect"), EFFECT),
    "low": (lambda: _("low"), EFFECT),
    "high": (lambda: _("high"), EFFECT),
    "importance": (lambda: _("Importance"), ".1%"),
}
QUALITY: dict[str, tuple[Callable[[], str], str]] = {
    "nulls_reference": (lambda: _("Nulls before"), ".1%"),
    "nulls_current": (lambda: _("Nulls now"), ".1%"),
    "new_share": (lambda: _("New categories"), ".1%"),
}
"""What the table of every statistic says before the statistics, and after them: the names of columns, and formats."""


def show(project: str, monitored: workflows.Monitored) -> None:
    """What changed, strongest first, how it looked before, and every statistic."""
    assessment = monitored.assessment
    if not assessment.drift:
        st.info(say(assessment.changed), icon=":material/block:")
        return
    names = {**titles(read(workflows.project_contract, project)), "probability": _("Prediction")}
    _quality(assessment, names, monitored.batch)
    left, right = st.columns([1, 1.45])
    first = assessment.drift[0].feature
    alt = _("{name} matters most.", name=names.get(first, first))
    known = assessment.drift[0].importance is not None
    with left, card(_("What changed, by drift × importance") if known else _("What changed, strongest first")):
        sight.place("drift")
        found = assessment.drift
        picture(
            drift.ranked,
            [
                drift.Moved(
                    names.get(item.feature, item.feature),
                    item.effect,
                    item.drifted and item.matters,
                    item.importance,
                    item.low,
                    item.high,
                )
                for item in found
            ],
            line=1.0,
            title=message("drift, in multiples of the alarm line"),
            alt=alt,
            key="ranked",
        )
        st.caption(
            _("Dotted: the alarm line. Whiskers: 95 % intervals. Grey: below the line, or hardly used by the model.")
        )
    with right, card(_("Before and now"), _("grey: test rows, line: this batch")):
        sight.place("prediction")
        *features, output = read(workflows.before_and_now, monitored.run_id)
        panels = [*features[:FEATURES], replace(output, title=names["probability"])]
        picture(drift.before_and_now, panels, alt=alt, key="before-now")
        st.caption(_moved(assessment.prediction))
    trend, places = st.columns([1.45, 1]) if court.has(project) else (st.container(), None)
    with trend:
        over_time.skill(project, monitored)
    if places:
        with places:
            _places(project, monitored)
    _statistics(assessment, names, monitored.batch)


def _moved(prediction: FeatureDrift) -> str:
    effect, low, high = (number(part, EFFECT) for part in (prediction.effect, prediction.low, prediction.high))
    return _("Predictions moved {effect} times the alarm line ({low} to {high}).", effect=effect, low=low, high=high)


def _quality(assessment: Assessment, names: dict[str, str], batch: str) -> None:
    if not assessment.quality:
        return
    with card(_("Missing and new values"), _("test rows and this batch")):
        sight.place("quality")
        odd = [item for item in assessment.drift if item.nulls_current > item.nulls_reference or item.new_share]
        rows = [
            {
                _("Feature"): names.get(item.feature, item.feature),
                _("Nulls before"): item.nulls_reference,
                _("Nulls now"): item.nulls_current,
                _("New categories"): item.new_share,
                _("Such as"): ", ".join(item.new_categories[:5]),
            }
            for item in odd
        ]
        percent = dict.fromkeys((_("Nulls before"), _("Nulls now"), _("New categories")), ".1%")
        table(rows, name=f"{stem(batch)}_quality", key="quality", specs=percent)


def _places(project: str, monitored: workflows.Monitored) -> None:
    with card(_("Where the shots come from")):
        before, now = st.columns(2)
        with before:
            version = next(one for one in read(workflows.versions, project) if one.version == monitored.version)
            court.density(project, read(workflows.reference, version), role="reference", key="court-before")
            st.caption(_("Reference, test rows"))
        with now:
            rows = read(workflows.scored_rows, monitored.scoring_run)
            court.density(project, rows, role="current", key="court-now")
            st.caption(_("Current, this batch"))


def _statistics(assessment: Assessment, names: dict[str, str], batch: str) -> None:
    box = folded(_("Every statistic"), key="every-statistic")
    if not box.open:
        return
    rows = [
        {
            _("Feature"): names.get(item.feature, item.feature),
            _("Drifted"): item.drifted,
            **{label(): getattr(item, name) for name, (label, __) in MOVED.items()},
            **{say(one.title): item[key] for key, one in STATISTICS.items()},
            **{label(): getattr(item, name) for name, (label, __) in QUALITY.items()},
        }
        for item in (*assessment.drift, assessment.prediction)
    ]
    fixed = MOVED | QUALITY
    specs = {label(): spec for label, spec in fixed.values()} | {say(o.title): o.spec for o in STATISTICS.values()}
    meant = {label(): term(name) for name, (label, __) in fixed.items()}
    meant |= {say(one.title): _meaning(one) for one in STATISTICS.values()}
    config = {name: st.column_config.NumberColumn(help=meaning) for name, meaning in meant.items()}
    config[_("Drifted")] = st.column_config.CheckboxColumn(help=term("drifted"))
    with box:
        table(rows, name=f"{stem(batch)}_drift", key="statistics", specs=specs, config=config)
        st.caption(_("Effect sizes decide. p-values are only shown: with enough rows any difference is significant."))


def _meaning(statistic: Statistic) -> str:
    meaning = say(statistic.meaning)
    if statistic.threshold is None:
        return meaning
    return meaning + " " + _("Drift threshold: {threshold:g}.", threshold=statistic.threshold)
