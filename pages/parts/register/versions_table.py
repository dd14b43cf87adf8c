"""Every registered version with what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import streamlit as st

from core import workflows
from core.metrics.recorded import with_bounds
from core.metrics.registry import METRICS, listed
from core.workflows.runs import VersionTag
from pages.parts.figures import between, label
from pages.parts.frame import folded
from pages.parts.reads import read
from pages.parts.state import _, said, say
from pages.parts.table import moment, table
from pages.parts.terms import term

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

    from core.store.registry import RegisteredVersion

ALIASES: dict[str, Callable[[], str]] = {
    "champion": lambda: _("champion"),
    "challenger": lambda: _("challenger"),
    "": lambda: "",
}
STATES: dict[str, Callable[[], str]] = {
    "champion": lambda: _("scores every batch"),
    "challenger": lambda: _("waits for a decision"),
    "past": lambda: _("was champion"),
    "": lambda: _("never in use"),
}


def show(project: str, versions: list[RegisteredVersion]) -> None:
    """Folded: every version with its figures and where it came from."""
    box = folded(_("All versions"), key="all-versions")
    if not box.open:
        return
    figures, skills = workflows.version_metrics(versions), read(workflows.production_skill, project)
    past = {change.after for change in read(workflows.changes, project)}
    rows = [
        {
            _("Version"): item.version,
            _("Alias"): ALIASES[item.alias](),
            _("State"): STATES[item.alias or ("past" if item.version in past else "")](),
            _("Candidate"): say(workflows.candidate_title(item.candidate)),
            **_measured(figures[item.version]),
            _("Skill in production"): skills.get(item.version),
            _("Threshold"): item.threshold,
            _("Registered"): item.registered,
            _("Conditions missed"): " ".join(map(said, workflows.missed(item))),
            _("Why registered anyway"): said(workflows.why_despite(item)),
            _("Data"): item.tags[VersionTag.PREPARATION_RUN],
            _("Training run"): item.tags[VersionTag.TRAINING_RUN],
        }
        for item in versions
    ]
    specs = {label(metric): metric.spec for metric in listed("summary")}
    specs |= {_("Skill in production"): METRICS["skill"].spec, _("Threshold"): ".3g"}
    with box:
        table(rows, name=f"{project}_versions", key="versions-table", specs=specs, config=_columns())


def _measured(figures: Mapping[str, float]) -> dict[str, object]:
    cells: dict[str, object] = {}
    for metric in listed("summary"):
        value, low, high = with_bounds(figures, metric.key)
        cells[label(metric)] = value
        cells[_("{figure}, 95 %", figure=label(metric))] = between(metric, low, high)
    return cells


def _columns() -> dict[str, ColumnConfig]:
    """What the columns mean, for whoever hovers over a header."""
    return {
        **{label(one): st.column_config.NumberColumn(help=say(one.meaning)) for one in listed("summary")},
        _("State"): st.column_config.TextColumn(help=f"{term('champion')} {term('challenger')}"),
        _("Skill in production"): st.column_config.NumberColumn(help=term("production_skill")),
        _("Threshold"): st.column_config.NumberColumn(help=term("threshold")),
        _("Conditions missed"): st.column_config.TextColumn(help=term("gate")),
        _("Why registered anyway"): st.column_config.TextColumn(help=term("gate")),
        _("Registered"): moment(),
    }
