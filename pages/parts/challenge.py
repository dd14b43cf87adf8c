"""Challenger against champion, on the same rows in two columns."""

import streamlit as st

from core import workflows
from core.challenge import Column, Slice
from core.charts import curves
from core.contract import Contract
from core.workflows import Challenged
from pages.parts.frame import card, folded
from pages.parts.picture import picture
from pages.parts.promotion import evidence
from pages.parts.state import _, number, project, say, titles

FIGURES = (
    ("log_loss", ".4f", "+.4f", lambda: _("Log loss")),
    ("brier", ".4f", "+.4f", lambda: _("Brier")),
    ("roc_auc", ".3f", "+.3f", lambda: _("AUC")),
    ("f1", ".3f", "+.3f", lambda: _("F1 at its threshold")),
    ("skill", "+.1%", "+.1%", lambda: _("Skill")),
)


def compared(challenged: Challenged) -> None:
    """The guard's sentences, then both columns of figures, reliability, and where the two disagree most."""
    new, old = challenged.challenger, challenged.champion
    with card(_("Version {new} against version {old}, on the same rows", new=new, old=old), height="content"):
        if challenged.refusal:
            st.warning(say(challenged.refusal), icon=":material/warning:")
            return
        evidence(challenged.comparison.guard)
        found = [(_("Champion's test split"), "test", challenged.comparison.test)]
        if challenged.scoring_run:
            found.append((_("Production rows held out"), "production", challenged.comparison.production))
        for place, (name, key, column) in zip(st.columns(2), found, strict=False):
            with place:
                _column(name, key, column)
        if not challenged.scoring_run:
            st.caption(_("No scored batch has labels yet; with some, a second column compares the two there."))


def _column(name: str, key: str, column: Column | None) -> None:
    if column is None:
        st.markdown(f"##### {name}", anchors=False)
        st.caption(_("Fewer than 100 labelled rows, or one outcome only, that neither was trained on."))
        return
    st.markdown(f"##### {name} · {number(column.rows, ',d')}", anchors=False)
    left_out = number(column.left_out, ",d")
    st.caption(
        _("Left out, because one of the two was trained on them: {count}.", count=left_out)
        if column.left_out
        else _("Neither was trained on any of these rows.")
    )
    st.dataframe(_figures(column), hide_index=True, key=f"figures-{key}")
    drawn = [
        curves.Curve(label, part.predicted, part.observed, role, part.count)
        for label, part, role in (
            (_("champion"), column.champion_calibration, "champion"),
            (_("challenger"), column.challenger_calibration, "challenger"),
        )
    ]
    errors = {side: number(getattr(column, side)["ece"], ".1%") for side in ("champion", "challenger")}
    alt = _("Calibration error: champion {champion}, challenger {challenger}.", **errors)
    picture(curves.reliability, drawn, alt=alt, key=f"reliability-{key}")
    with (box := folded(_("Where they disagree most"), key=f"disagree-{key}")):
        if box.open:
            contract = workflows.project_contract(project())
            st.dataframe([_slice(part, contract) for part in column.slices], hide_index=True, key=f"slices-{key}")
            st.caption(_("Less log loss is better; the intervals allow for the number of slices looked at."))


def _figures(column: Column) -> list[dict]:
    rows = []
    for key, spec, signed, label in FIGURES:
        bounds = column.differences.get(key)
        sides = {
            _("Figure"): label(),
            _("Champion"): number(column.champion[key], spec),
            _("Challenger"): number(column.challenger[key], spec),
        }
        rows.append({**sides, _("Difference, 95 %"): _interval(bounds, signed) if bounds else "–"})
    return rows


def _slice(part: Slice, contract: Contract) -> dict:
    title = titles(contract).get(part.feature, part.feature)
    span = part.category
    if span is None:
        span = _("{low} to {high}", low=number(part.low, ",.4g"), high=number(part.high, ",.4g"))
    return {
        _("Slice"): f"{title}: {span}",
        _("Rows"): part.rows,
        _("Observed"): number(part.observed, ".1%"),
        _("Champion"): number(part.champion, ".1%"),
        _("Challenger"): number(part.challenger, ".1%"),
        _("Log loss, difference"): _interval(part.difference, "+.4f"),
    }


def _interval(bounds, spec: str) -> str:
    return f"{number(bounds.value, spec)} [{number(bounds.low, spec)}, {number(bounds.high, spec)}]"
