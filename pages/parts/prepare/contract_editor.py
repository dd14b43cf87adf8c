"""The contract as a table to be edited."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from core import workflows
from core.data.contract import NULLS, Contract
from pages.parts.frame import card
from pages.parts.state import _, say


def show(project: str, contract: Contract) -> None:
    """Every feature with what is allowed; saving makes a new version of the contract for the next preparation."""
    with card(_("Contract"), contract.fingerprint):
        st.caption(
            _("Target **{target}**, positive: **{positive}**.", target=contract.target, positive=contract.positive)
        )
        nulls = {key: say(text) for key, text in NULLS.items()}
        rows = pd.DataFrame(
            [
                {
                    "name": feature.name,
                    "label": feature.label,
                    "kind": say(feature.traits.title),
                    "minimum": feature.minimum,
                    "maximum": feature.maximum,
                    "categories": list(feature.categories),
                    "nulls": nulls[feature.nulls],
                }
                for feature in contract.features
            ]
        ).astype({"minimum": "float64", "maximum": "float64"})
        edited = st.data_editor(
            rows,
            hide_index=True,
            disabled=["name", "kind"],
            key=f"contract-{contract.fingerprint}",
            column_config={
                "name": _("Column"),
                "label": _("Label"),
                "kind": _("Type"),
                "minimum": st.column_config.NumberColumn(_("Least")),
                "maximum": st.column_config.NumberColumn(_("Most")),
                "categories": st.column_config.ListColumn(_("Allowed categories (none: any)"), width=150),
                "nulls": st.column_config.SelectboxColumn(
                    _("Without a value"), options=list(nulls.values()), required=True
                ),
            },
        )
        st.caption(_("Saving holds for the next preparation; what was prepared before keeps its own contract."))
        if st.button(_("Save the contract"), icon=":material/save:", disabled=rows.equals(edited)):
            back = {text: key for key, text in nulls.items()}
            workflows.edit_contract(
                project,
                [
                    replace(
                        feature,
                        label=row["label"] or "",
                        minimum=None if pd.isna(row["minimum"]) else float(row["minimum"]),
                        maximum=None if pd.isna(row["maximum"]) else float(row["maximum"]),
                        categories=tuple(row["categories"] or ()),
                        nulls=back[row["nulls"]],
                    )
                    for feature, (__, row) in zip(contract.features, edited.iterrows(), strict=True)
                ],
                expected=contract.fingerprint,
            )
            st.rerun()
