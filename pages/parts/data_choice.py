"""Choosing a table: a listed source, an uploaded file, or a path, folder or URI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core import workflows
from core.store import settings
from pages.parts.state import _, chosen, say

if TYPE_CHECKING:
    from core.text.messages import Message


def choose(project: str, *, role: str) -> str:
    """The chosen source's key, path or URI; "" is the project's own data for `role`. An upload is kept and chosen."""
    given = elsewhere(role, _unlisted(project, role))
    return given or _listed(project, role)


def choose_several(project: str, *, role: str) -> list[str]:
    """The same where several files make one table, in their order; what is listed is one."""
    uploaded = st.file_uploader(
        _("Upload parquet or CSV, one file or several"),
        key=f"upload-{role}",
        max_upload_size=settings.load().upload_megabytes,
        accept_multiple_files=True,
    )
    if uploaded:
        kept = [str(workflows.upload(file.name, file.getvalue())) for file in uploaded]
        size = sum(file.size for file in uploaded) / 2**20
        st.caption(_("Using {name}, {size:.1f} MB.", name=", ".join(file.name for file in uploaded), size=size))
        return kept
    given = st.text_area(
        _("Or paths, folders of parquet files or URIs, one a line"),
        _unlisted(project, role),
        key=f"path-{role}",
        placeholder="s3://bucket/shots.parquet",
        height=68,
    )
    lines = [line.strip() for line in given.splitlines() if line.strip()]
    return lines or [_listed(project, role)]


def _unlisted(project: str, role: str) -> str:
    wanted = chosen("data")
    return "" if wanted in _names(project, role) else wanted


def _listed(project: str, role: str) -> str:
    names = _names(project, role)
    if not names:
        return ""
    wanted = chosen("data")
    start = list(names).index(wanted) if wanted in names else 0
    return st.selectbox(
        _("Or a table that is here"), list(names), index=start, format_func=names.__getitem__, key=f"source-{role}"
    )


def _names(project: str, role: str) -> dict[str, str]:
    sources = [source for source in workflows.data_sources(project) if source.role in (role, None)]
    return {source.key: _described(source.title, source.rows) for source in sources}


def elsewhere(key: str, start: str = "") -> str:
    """An uploaded file's path, or the path, folder or URI that was written (`start` at first); "" for neither."""
    uploaded = st.file_uploader(
        _("Upload parquet or CSV"),
        key=f"upload-{key}",
        max_upload_size=settings.load().upload_megabytes,
    )
    if uploaded is not None:
        kept = workflows.upload(uploaded.name, uploaded.getvalue())
        st.caption(_("Using {name}, {size:.1f} MB.", name=uploaded.name, size=uploaded.size / 2**20))
        return str(kept)
    return st.text_input(
        _("Or a path, a folder of parquet files, or a URI"),
        start,
        key=f"path-{key}",
        placeholder="s3://bucket/shots.parquet",
    ).strip()


def _described(title: Message, rows: int | None) -> str:
    return say(title) if rows is None else _("{title} · {rows:,} rows", title=say(title), rows=rows)
