"""The report of an assessment, to take away."""

from __future__ import annotations

import streamlit as st

from core import workflows
from pages.parts.state import _, language


def report_button(monitored: workflows.Monitored) -> None:
    """Downloads the report as one page that needs nothing beside it."""
    reader = language()
    st.download_button(
        _("Download report"),
        lambda: workflows.report_page(monitored.run_id, reader),
        f"{monitored.batch.rsplit('.', 1)[0]}_version_{monitored.version}_monitoring_report.html",
        "text/html",
        icon=":material/download:",
        on_click="ignore",
        help=_("Verdict, figures, charts, settings and lineage in one file that opens in any browser."),
    )
