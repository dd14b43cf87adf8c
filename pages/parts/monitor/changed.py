"""What changed between the reference and a batch, feature by feature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from core import workflows
from core.charts import drift
from core.text.messages import message
from pages.parts import court
from pages.parts.frame import card, folded
from pages.parts.monitor import over_time, sight
from pages.parts.picture import picture
from pages.parts.reads import read
from pages.parts.score.batch import stem
from pages.parts.state import _, number, titles
from pages.parts.table import table
from pages.parts.terms import term

if TYPE_CHECKING:
    from core.monitoring.drift import FeatureDrift
    from core.monitoring.verdict import Assessment

FEATURES = 3
"""Drawn before and now, beside the predictions; the table has all."""
STATISTICS: dict[str, Callable[[], str]] = {
    "effect": lambda: _("Effect"),
    "low": lambda: _("low"),
    "high": lambda: _("high"),
    "importance": lambda: _("Importance"),
    "psi": lambda: "PSI",
    "wasserstein": lambda: "Wasserstein",
    "ks": lambda: "KS",
    "jensen_shannon": lambda: "Jensen-Shannon",
    "total_variation": lambda: _("Total variation"),
    "ks_p": lambda: _("p of KS"),
    "chi2_p": lambda: _("p of chi-squared"),
    "nulls_reference": lambda: _("Nulls before"),
    "nulls_current": lambda: _("Nulls now"),
    "new_share": lambda: _("New categories"),
}


def show(project: str, monitored: workflows.Monitored) -> None:
    """What changed, strongest first, how it looked before, and every statistic."""
    assessment = monitored.assessment
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
    effect, low, high = (number(part, ".2f") for part in (prediction.effect, prediction.low, prediction.high))
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
    labels = {name: label() for name, label in STATISTICS.items()}
    rows = [
        {
            _("Feature"): names.get(item.feature, item.feature),
            _("Drifted"): item.drifted,
            **{label: getattr(item, name) for name, label in labels.items()},
        }
        for item in (*assessment.drift, assessment.prediction)
    ]
    config = {label: st.column_config.NumberColumn(help=term(name)) for name, label in labels.items()}
    config[_("Drifted")] = st.column_config.CheckboxColumn(help=term("drifted"))
    with box:
        table(
            rows,
            name=f"{stem(batch)}_drift",
            key="statistics",
            specs=dict.fromkeys(labels.values(), ".4f"),
            config=config,
        )
        st.caption(
            _("Effect sizes decide; p-values are only shown, because with enough rows any difference is significant.")
        )
