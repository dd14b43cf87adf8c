"""A new project: from any table to its contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from core import workflows
from core.data.drafting import Column, Roles
from core.data.kinds import KINDS
from pages.parts.data_choice import elsewhere
from pages.parts.frame import card, go, head
from pages.parts.reads import read
from pages.parts.state import _, number, say
from pages.parts.table import table


def show() -> None:
    """Asks for a table, then for what its columns mean, and opens the project that comes of it."""
    actions = head(
        _("Which question does your table answer?"),
        _("Bring any table with a yes/no column. Courtside drafts its contract, and every page works with it."),
    )
    if actions.button(_("Back to the data"), icon=":material/arrow_back:"):
        go("data_preparation")
    left, right = st.columns([1, 1.6])
    with left, card(_("1 · The table")):
        data = elsewhere("new")
    if not data:
        with right, card(_("2 · What its columns mean")):
            st.caption(_("The columns appear here once there is a table."))
        return
    columns = read(workflows.table_columns, data)
    with left, card(_("Its columns"), number(len(columns), ",d")):
        table(
            [
                {
                    _("Column"): column.name,
                    _("Type"): say(KINDS[column.kind].title) if column.kind else _("not usable"),
                    _("Nulls"): column.nulls,
                    _("Distinct"): column.distinct,
                    _("Such as"): ", ".join(column.examples),
                }
                for column in columns
            ],
            name=f"{Path(workflows.table_link(data)).stem}_columns",
            key="new-columns",
            specs={_("Nulls"): ".1%"},
        )
    with right, card(_("2 · What its columns mean")):
        ask(data, columns)


def ask(data: str, columns: list[Column]) -> None:
    """The choices, and the contract that they make."""
    names = [column.name for column in columns]
    few = [column.name for column in columns if column.distinct == 2]
    target = st.selectbox(_("Target: the yes/no column"), names, index=names.index(few[-1]) if few else None)
    values = read(workflows.target_values, data, target) if target else []
    if target and len(values) != 2:
        st.warning(
            _("{target} holds {count} different values and should hold two.", target=target, count=len(values))
            if values
            else _("{target} has no value in any row.", target=target),
            icon=":material/warning:",
        )
    positive = st.selectbox(_("Which value counts as positive?"), values, index=len(values) - 1 if values else None)
    usable = [column.name for column in columns if column.kind and column.distinct > 1 and column.name != target]
    optional: dict[str, Any] = {"index": None, "placeholder": _("none")}
    left, middle, right = st.columns(3)
    roles = {
        "id": left.selectbox(_("Identifies a row"), names, **optional),
        "time": middle.selectbox(_("Orders rows in time"), names, **optional),
        "group": right.selectbox(_("Groups rows"), names, **optional),
        "x": left.selectbox(_("Place, x"), names, **optional),
        "y": middle.selectbox(_("Place, y"), names, **optional),
    }
    taken = {roles["id"], roles["time"], roles["group"]}
    features = st.multiselect(_("Features"), usable, default=[name for name in usable if name not in taken])
    name = st.text_input(_("Name of the project"), placeholder=_("small letters, digits, - and _"))
    if st.button(_("Create the project"), type="primary", icon=":material/add:", width="stretch"):
        workflows.create_project(
            data,
            Roles(target or "", positive or "", **{role: column or "" for role, column in roles.items()}),
            name=name.strip(),
            features=features,
        )
        go("data_preparation", project=name.strip(), data=workflows.table_link(data))
