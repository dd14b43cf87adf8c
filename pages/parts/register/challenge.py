"""Challenger against champion, on the same rows in two columns."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from core import workflows
from core.charts import curves
from core.data.contract import Contract
from core.metrics.challenge import Column, Slice
from core.metrics.intervals import FEWEST_LABELS, Interval
from core.metrics.metric import Metric
from core.metrics.registry import METRICS, listed
from core.workflows import Challenged
from pages.parts.figures import label, written
from pages.parts.picture import picture
from pages.parts.register.promotion import evidence
from pages.parts.state import _, literal, number, project, say, titles
from pages.parts.table import table
from pages.parts.terms import term
from pages.parts.views import views

if TYPE_CHECKING:
    from core.charts.style import RoleName
    from core.metrics.curves import Calibration

VIEWS: dict[str, Callable[[], str]] = {
    "figures": lambda: _("Figures"),
    "reliability": lambda: _("Reliability"),
    "slices": lambda: _("Where they disagree most"),
}


def compared(challenged: Challenged, pick: Callable[[], None]) -> None:
    """The guard's sentences, then both columns of figures, reliability, and where the two disagree most. `pick` asks
    for another version."""
    versions = {"new": challenged.challenger, "old": challenged.champion}
    title = _("Version {new} against version {old}, on the same rows", **versions)
    meaning = f"{term('champion')} {term('challenger')}"
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"#### {title}", anchors=False, help=meaning, width="content")
            with st.container(horizontal=True, vertical_alignment="center", width="content"):
                view = views("compare", {name: label() for name, label in VIEWS.items()})
                pick()
        if challenged.refusal:
            st.warning(say(literal(challenged.refusal)), icon=":material/warning:")
            return
        evidence(challenged.comparison.guard)
        found = [(_("Champion's test split"), "test", challenged.comparison.test)]
        if challenged.scoring_run:
            found.append((_("Production rows held out"), "production", challenged.comparison.production))
        for place, (name, key, column) in zip(st.columns(2), found, strict=False):
            with place:
                _column(name, key, column, view)
        if not challenged.scoring_run:
            st.caption(_("No scored batch has labels yet; with some, a second column compares the two there."))


def _column(name: str, key: str, column: Column | None, view: str) -> None:
    if column is None:
        st.markdown(f"##### {name}", anchors=False)
        few = _(
            "Fewer than {fewest} labelled rows, or one outcome only, that neither was trained on.", fewest=FEWEST_LABELS
        )
        st.caption(few)
        return
    left_out = number(column.left_out, ",d")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"##### {name} · {number(column.rows, ',d')}", anchors=False, width="content")
        if column.left_out:
            st.caption(_("Left out, because one of the two was trained on them: {count}.", count=left_out))
        elif not column.unclear:
            st.caption(_("Neither was trained on any of these rows."))
        if column.unclear:
            st.caption(
                _(
                    "{count} rows have the same features as a training row. Without an id nothing tells whether "
                    "they are that row, so they stay.",
                    count=number(column.unclear, ",d"),
                )
            )
    match view:
        case "figures":
            _figures(column, key)
        case "reliability":
            _reliability(column, key)
        case "slices":
            _slices(column, key)


def _figures(column: Column, key: str) -> None:
    meant = {"": term("difference"), **{_named(metric): say(metric.meaning) for metric in listed("comparison")}}
    config = {name: st.column_config.TextColumn(help=meaning) for name, meaning in meant.items()}
    st.dataframe(_rows(column), hide_index=True, column_config=config, key=f"figures-{key}")


def _reliability(column: Column, key: str) -> None:
    sides: list[tuple[str, Calibration | None, RoleName]] = [
        (_("champion"), column.champion_calibration, "champion"),
        (_("challenger"), column.challenger_calibration, "challenger"),
    ]
    drawn = [
        curves.Curve(label, part.predicted, part.observed, role, part.count) for label, part, role in sides if part
    ]
    measured = {"champion": column.champion, "challenger": column.challenger}
    errors = {side: written(METRICS["ece"], found["ece"]) for side, found in measured.items()}
    alt = _("Calibration error: champion {champion}, challenger {challenger}.", **errors)
    picture(curves.reliability, drawn, alt=alt, key=f"reliability-{key}")


def _slices(column: Column, key: str) -> None:
    contract = workflows.project_contract(project())
    rates = (_("Observed"), _("Champion"), _("Challenger"))
    losses = (_("Log loss, difference"), _("low"), _("high"))
    specs = {**dict.fromkeys(rates, ".1%"), **dict.fromkeys(losses, METRICS["log_loss"].signed)}
    rows = [_slice(part, contract) for part in column.slices]
    table(rows, name=f"{project()}_disagreement_{key}", key=f"slices-{key}", specs=specs)
    st.caption(_("Less log loss is better; the intervals allow for the number of slices looked at."))


def _rows(column: Column) -> list[dict[str, str]]:
    """A figure a column, so that its name can say what it means; a row for each side and for what lies between."""
    sides = {_("Champion"): column.champion, _("Challenger"): column.challenger}
    ends = {"value": _("Difference"), "low": _("95 % from"), "high": _("95 % to")}
    metrics = listed("comparison")
    rows = [
        {"": name, **{_named(metric): written(metric, found.get(metric.key)) for metric in metrics}}
        for name, found in sides.items()
    ]
    for end, name in ends.items():
        found = {_named(one): _end(column.differences.get(one.key), end, one.signed) for one in metrics}
        rows.append({"": name, **found})
    return rows


def _named(metric: Metric) -> str:
    return _("{metric} at its threshold", metric=label(metric)) if metric.needs_threshold else label(metric)


def _slice(part: Slice, contract: Contract) -> dict[str, object]:
    title = titles(contract).get(part.feature, part.feature)
    span = part.category
    if span is None:
        span = _("{low} to {high}", low=number(part.low, ",.4g"), high=number(part.high, ",.4g"))
    return {
        _("Slice"): f"{title}: {span}",
        _("Rows"): part.rows,
        _("Observed"): part.observed,
        _("Champion"): part.champion,
        _("Challenger"): part.challenger,
        _("Log loss, difference"): part.difference.value,
        _("low"): part.difference.low,
        _("high"): part.difference.high,
    }


def _end(bounds: Interval | None, end: str, spec: str) -> str:
    return number(getattr(bounds, end) if bounds else None, spec)
