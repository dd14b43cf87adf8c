"""Where a figure came from: a diagram, a link per step, and the graph as JSON."""

import json

import streamlit as st

from core import workflows
from core.documents.lineage import Lineage, mermaid
from core.store.registry import RegisteredVersion
from pages.parts.frame import folded, go
from pages.parts.reads import read
from pages.parts.state import _, literal, look, project, say

ICONS = {
    "file": "draft",
    "contract": "contract",
    "preparation": "table",
    "training": "tune",
    "candidate": "model_training",
    "version": "workspace_premium",
    "batch": "sports_score",
    "assessment": "monitor_heart",
}


def of_version(version: RegisteredVersion) -> None:
    """Folded: most readers don't trace a figure most of the time."""
    box = folded(_("Where version {version} came from", version=version.version), key="lineage")
    if box.open:
        with box:
            _drawn(read(workflows.lineage, project(), version.version), f"{project()}_version_{version.version}")


def of_run(run_id: str, name: str) -> None:
    """The same for the figures of a candidate, a batch or an assessment; `name` is that of the file."""
    box = folded(_("Where these figures come from"), key="lineage")
    if box.open:
        with box:
            _drawn(read(workflows.lineage_of, run_id), name)


def _drawn(found: Lineage, name: str) -> None:
    alt = _("{count} steps from the file on", count=len(found.nodes))
    st.mermaid_chart(mermaid(found, say, narrow=look().narrow), alt=alt)
    with st.container(horizontal=True, gap="small"):
        for node in found.nodes:
            # The diagram is a picture: Streamlit lets nothing in it be clicked.
            if st.button(
                say(literal(node.title)), icon=f":material/{ICONS[node.kind]}:", type="tertiary", key=f"go-{node.key}"
            ):
                go(node.page, **node.choices)
    st.download_button(
        _("Lineage as JSON"),
        json.dumps(found.as_dict(), ensure_ascii=False, indent=1),
        f"{name}_lineage.json",
        icon=":material/download:",
        on_click="ignore",
    )
