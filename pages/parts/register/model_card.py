"""The card of a version: to read here, or to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core import workflows
from core.documents.html import html
from core.documents.markdown import markdown
from pages.parts.frame import folded
from pages.parts.reads import read
from pages.parts.register import document
from pages.parts.state import _, language, project

if TYPE_CHECKING:
    from core.store.registry import RegisteredVersion


def model_card(version: RegisteredVersion) -> None:
    """Folded: what is recorded of a version, as a document."""
    box = folded(_("Model card of version {version}", version=version.version), key="model-card")
    if not box.open:
        return
    found, reader = read(workflows.card, project(), version.version), language()
    kinds = {
        "html": (_("Download as a page"), lambda: html(found, reader)),
        "md": (_("Download as Markdown"), lambda: markdown(found, reader)),
    }
    with box:
        with st.container(horizontal=True, gap="small"):
            for kind, (label, made) in kinds.items():
                name = f"{project()}_version_{version.version}_model_card.{kind}"
                st.download_button(label, made, name, icon=":material/download:", on_click="ignore")
        document.show(found, key="card")
