"""Choosing a table: a listed source, an uploaded file, or a path on the server."""

from __future__ import annotations

import streamlit as st

from core import settings, workflows
from pages.parts.state import _, say


def choose(project: str, *, role: str) -> str:
    """The chosen source's key or path; "" is the project's own data for `role`. An upload is kept and chosen."""
    sources = [source for source in workflows.data_sources(project) if source.role in (role, None)]
    names = {source.key: _described(source) for source in sources}
    uploaded = st.file_uploader(
        _("Upload parquet or CSV"),
        key=f"upload-{role}",
        max_upload_size=settings.load().upload_megabytes,
    )
    if uploaded is not None:
        kept = workflows.upload(uploaded.name, uploaded.getvalue())
        st.caption(_("Using {name}, {size:.1f} MB.", name=uploaded.name, size=uploaded.size / 2**20))
        return str(kept)
    if not names:
        return st.text_input(_("Or a path on this machine"), key=f"path-{role}")
    return st.selectbox(_("Or a table that is here"), list(names), format_func=names.get, key=f"source-{role}")


def _described(source) -> str:
    if source.rows is None:
        return say(source.title)
    return _("{title} · {rows:,} rows", title=say(source.title), rows=source.rows)
