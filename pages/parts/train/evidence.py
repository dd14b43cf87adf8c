"""The pictures of a candidate, one view at a time, the others laid over it where that makes sense."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from core import workflows
from core.charts import comparison, court, curves, effects
from core.charts.court_lines import distance, from_court, to_court
from core.metrics.curves import calibration, gain_points, precision_recall_points, roc_points
from core.metrics.recorded import on_test
from core.metrics.registry import METRICS
from core.training.importance import MIDDLE
from core.training.learning_curve import FITS
from pages.parts import court as half_court
from pages.parts import work
from pages.parts.figures import written
from pages.parts.frame import card
from pages.parts.picture import picture
from pages.parts.reads import read
from pages.parts.state import _, chosen, number, say, titles
from pages.parts.train import threshold
from pages.parts.views import views

if TYPE_CHECKING:
    from core.charts.style import Numbers, RoleName
    from core.data.arrays import Floats

    Judged = tuple[workflows.TrainedCandidate, Floats, Floats]
    """A candidate with the outcomes and its probabilities of the test rows."""

ROLES: tuple[RoleName, ...] = ("current", "champion", "challenger", "reference", "negative")
"""How candidates that are laid over each other are told apart, the one looked at first; further ones are "other"."""
SUREST = 0.1
"""Share of the rows, those of the highest probabilities, whose positives are told."""
ALL = "all"
"""Lays every other candidate over it, in the link as in the list."""


def show(project: str, trained: workflows.Trained, candidate: workflows.TrainedCandidate) -> None:
    """The view that the link asks for."""
    names = {
        "calibration": _("Calibration"),
        "ranking": _("Ranking"),
        "threshold": _("Threshold"),
        "features": _("Features"),
        "stability": _("Stability"),
        **({"court": _("Court")} if half_court.has(project) else {}),
    }
    view = views("show", names)
    laid_over = [candidate, *_others(trained, candidate)] if view in ("calibration", "ranking") else [candidate]
    target = read(workflows.project_contract, project).target
    tables = [read(workflows.candidate_rows, item.run_id) for item in laid_over]
    rows = [
        (item, table[target].to_numpy(), table["probability"].to_numpy())
        for item, table in zip(laid_over, tables, strict=True)
    ]
    match view:
        case "calibration":
            _calibration(candidate, rows)
        case "ranking":
            _ranking(candidate, rows)
        case "threshold":
            threshold.studio(candidate, *rows[0][1:])
        case "features":
            _features(project, candidate)
        case "stability":
            _stability(trained, candidate)
        case "court":
            _court(trained, candidate, tables[0])


def _others(trained: workflows.Trained, candidate: workflows.TrainedCandidate) -> list[workflows.TrainedCandidate]:
    others = {item.name: item for item in trained.candidates if item.name != candidate.name}
    if not others:
        return []
    offered = [ALL, *others]
    picked = st.multiselect(
        _("Lay over it"),
        offered,
        default=[name for name in chosen("over").split(",") if name in offered],
        format_func=lambda name: _("All others") if name == ALL else say(others[name].title),
        placeholder=_("Lay other candidates over it"),
        label_visibility="collapsed",
        key=f"over-{candidate.run_id}",
    )
    if ",".join(picked) != chosen("over"):
        st.query_params["over"] = ",".join(picked)
    return list(others.values()) if ALL in picked else [others[name] for name in picked]


def _role(place: int) -> RoleName:
    return ROLES[place] if place < len(ROLES) else "other"


def _drawn(rows: list[Judged], points: Callable[[Floats, Floats], tuple[Numbers, Numbers]]) -> list[curves.Curve]:
    found = []
    for place, (item, truth, probability) in enumerate(rows):
        x, y = points(truth, probability)
        found.append(curves.Curve(say(item.title), x, y, _role(place)))
    return found


def _calibration(candidate: workflows.TrainedCandidate, rows: list[Judged]) -> None:
    left, right = st.columns(2)
    with left, card(_("Reliability on test"), _("on the diagonal it keeps its word")):
        found = [calibration(truth, probability) for __, truth, probability in rows]
        drawn = [
            curves.Curve(say(item.title), part.predicted, part.observed, _role(place), part.count)
            for place, ((item, *__), part) in enumerate(zip(rows, found, strict=True))
        ]
        error = written(METRICS["ece"], candidate.metrics[on_test("ece")])
        picture(curves.reliability, drawn, alt=_("The calibration error is {error}.", error=error), key="reliability")
    with right, card(_("Scores by outcome on test")):
        __, truth, probability = rows[0]
        auc = written(METRICS["roc_auc"], candidate.test_roc_auc)
        picture(
            curves.scores,
            probability[truth == 1],
            probability[truth == 0],
            positive_label=_("positive"),
            negative_label=_("negative"),
            height=258,
            alt=_("The classes separate with an AUC of {auc}.", auc=auc),
            key="scores",
        )


def _ranking(candidate: workflows.TrainedCandidate, rows: list[Judged]) -> None:
    auc, precision = METRICS["roc_auc"], METRICS["average_precision"]
    columns = st.columns(3)
    with columns[0], card(_("ROC")):
        alt = _("Area under the curve {auc}.", auc=written(auc, candidate.metrics[on_test("roc_auc")]))
        picture(curves.roc, _drawn(rows, roc_points), alt=alt, key="roc")
    with columns[1], card(_("Precision and recall")):
        alt = _("Average precision {value}.", value=written(precision, candidate.metrics[on_test("average_precision")]))
        drawn = _drawn(rows, precision_recall_points)
        picture(curves.precision_recall, drawn, float(rows[0][1].mean()), alt=alt, key="precision-recall")
    with columns[2], card(_("Gain")):
        taken, found = gain_points(*rows[0][1:])
        alt = _(
            "The surest {part:.0%} of the rows hold {share} of the positives.",
            part=SUREST,
            share=number(float(np.interp(SUREST, taken, found)), ".0%"),
        )
        picture(curves.gain, _drawn(rows, gain_points), alt=alt, key="gain")


def _features(project: str, candidate: workflows.TrainedCandidate) -> None:
    found = read(workflows.importance, candidate.run_id)
    names = titles(read(workflows.project_contract, project))
    left, right = st.columns(2)
    with left, card(_("What it loses without a feature"), _("on test, with 95 % interval")):
        parts = zip(*((item.value, item.low, item.high) for item in found.values()), strict=True)
        alt = _("{name} matters most.", name=names[next(iter(found))])
        picture(effects.importance, [names[name] for name in found], *map(list, parts), alt=alt, key="importance")
    with right, card(_("How its probability moves"), _("mean and middle {middle:.0%} of rows", middle=MIDDLE)):
        asked = chosen("feature")
        picked = st.selectbox(
            _("Feature"),
            list(found),
            index=list(found).index(asked) if asked in found else 0,
            format_func=names.__getitem__,
            label_visibility="collapsed",
        )
        if picked != asked:
            st.query_params["feature"] = picked
        moved = read(workflows.dependence, candidate.run_id, picked)
        alt = _(
            "From {low} to {high} on average.",
            low=number(min(moved.mean), ".0%"),
            high=number(max(moved.mean), ".0%"),
        )
        drawn = (moved.values, moved.mean, moved.low, moved.high)
        picture(effects.dependence, *drawn, title=names[picked], alt=alt, key="dependence")


def _stability(trained: workflows.Trained, candidate: workflows.TrainedCandidate) -> None:
    left, right = st.columns(2)
    with left, card(_("Log loss of each fold"), _("one point a fold, the bar is their mean")):
        losses = [read(workflows.fold_losses, item.run_id) for item in trained.candidates]
        own = losses[[item.name for item in trained.candidates].index(candidate.name)]
        spread = written(METRICS["log_loss"], float(np.ptp(own)))
        alt = _("The folds of this candidate lie within {spread}.", spread=spread)
        names = [say(item.title) for item in trained.candidates]
        picture(comparison.folds, names, losses, trained.constant_log_loss, alt=alt, key="fold-losses")
    with right, card(_("Would more rows help?")):
        found = read(workflows.learned, candidate.run_id)
        if found is None:
            st.caption(
                _("Fits the candidate again on growing parts of the training rows, {fits} times in all.", fits=FITS)
            )
            if st.button(_("Draw the learning curve"), icon=":material/show_chart:", disabled=work.busy()):
                work.start("learning_curve", candidate_run=candidate.run_id)
                st.rerun()
        else:
            change = number(found.unseen[-1] - found.unseen[-2], METRICS["log_loss"].signed)
            alt = _(
                "The last step to {rows:,} rows changed the log loss by {change}.", rows=found.rows[-1], change=change
            )
            parts = (found.rows, found.unseen, found.low, found.high, found.seen)
            picture(comparison.learning, *parts, alt=alt, key="learning")


def _court(trained: workflows.Trained, candidate: workflows.TrainedCandidate, rows: pd.DataFrame) -> None:
    split, contract = read(workflows.split_of, trained.preparation_run)
    rate = float(rows[contract.target].mean())
    left, right = st.columns(2)
    with left, card(_("What it predicts"), _("everything else as usual")):
        cells_x, cells_y = court.surface_cells()
        lat, lon = from_court(cells_x, cells_y)
        usual = {feature.name: rows[feature.name].mode().iloc[0] for feature in contract.features}
        placed = {"lat": lat, "lon": lon, "shot_distance": distance(cells_x, cells_y)}
        cells = pd.DataFrame({name: placed.get(name, np.full(len(lat), value)) for name, value in usual.items()})
        probability = workflows.candidate_probability(candidate.run_id, cells)
        trained_x, trained_y = to_court(split.train[contract.y].to_numpy(), split.train[contract.x].to_numpy())
        ends = {"low": number(float(probability.min()), ".0%"), "high": number(float(probability.max()), ".0%")}
        picture(
            court.surface,
            probability,
            average=rate,
            trained_x=trained_x,
            trained_y=trained_y,
            narrow=True,
            alt=_("Probability from {low} to {high} over the court.", **ends),
            key="surface",
        )
    with right, card(_("What happened"), _("test rows; the larger, the more")):
        x, y = to_court(rows[contract.y].to_numpy(), rows[contract.x].to_numpy())
        alt = _("{rows:,} shots, {rate} of them made.", rows=len(rows), rate=number(rate, ".0%"))
        picture(court.shots, x, y, rows[contract.target].to_numpy(), narrow=True, alt=alt, key="observed")
