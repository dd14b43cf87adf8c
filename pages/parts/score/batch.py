"""Asking for a batch: which files, which version, now or as a job, or the run in which it was scored before."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from core import workflows
from core.text.errors import CourtsideError
from pages.parts import alerts, data_choice, work
from pages.parts.frame import card, folded, go, problem
from pages.parts.reads import linked, read
from pages.parts.state import _, number, when
from pages.parts.table import table
from pages.parts.terms import term

if TYPE_CHECKING:
    from core.store.registry import RegisteredVersion


def ask(project: str, version: RegisteredVersion) -> None:
    """Which batch, and the button. The champion scores, once it was shown: what was asked of another is not done."""
    with card(_("Score a batch"), height="content"):
        data = data_choice.choose_several(project, role="production")
        st.caption(
            _("Version {version} scores, at threshold {value}.", version=version.version, value=version.threshold),
            help=term("threshold"),
        )
        st.button(
            _("Score"), type="primary", icon=":material/target:", width="stretch", shortcut="S",
            on_click=_asked, args=(version.version, False),
        )  # fmt: skip
        _again(version.version)
        wanted = st.session_state.pop("score-asked", None)
        if wanted:
            drawn, anyway = wanted
            if drawn == version.version:
                _score(project, data, drawn, anyway)
            else:
                text = _(
                    "Version {version} has become champion meanwhile. Nothing is scored yet: press the button again.",
                    version=version.version,
                )
                st.info(text, icon=":material/star:")


def take_away(scored: workflows.Scored) -> None:
    """The scored rows as files, and the way on."""
    name = f"{stem(scored.batch)}_predictions_version_{scored.version}"
    kinds = workflows.downloadable(scored.run_id)
    labels = {"parquet": _("Download predictions"), "csv": _("Download as CSV")}
    if kinds:
        for kind in kinds:
            st.download_button(
                labels[kind],
                partial(workflows.download, scored.run_id, kind),
                f"{name}.{kind}",
                icon=":material/download:",
                width="stretch",
                on_click="ignore",
                help=_("Safe to open in a spreadsheet: no cell runs as a formula.") if kind == "csv" else None,
            )
    else:
        # No caption: code in one is too faint to read.
        st.markdown(_("Too large for a browser. The rows are in `{path}`.", path=str(scored.output)))
    if st.button(_("See the verdict"), icon=":material/monitoring:", width="stretch"):
        go("monitoring", batch=scored.run_id)


def late_labels(project: str, scored: workflows.Scored) -> None:
    """Outcomes that came later: a file with id and target, and what could not be used of it."""
    box = folded(_("Labels that came later"), key="late")
    if not box.open:
        return
    contract = read(workflows.project_contract, project)
    with box:
        st.caption(
            _(
                "A file with the columns {id} and {target}, joined to this batch. Its figures and its verdict are made "
                "anew; labels that are known stay.",
                id=contract.id,
                target=contract.target,
            )
        )
        data = data_choice.elsewhere("labels")
        if st.button(_("Join the labels"), icon=":material/join_inner:", disabled=not data):
            _join(project, data, scored.run_id)
        _joined(read(workflows.labelled, scored.run_id), scored.batch)


def _asked(drawn: int, anyway: bool) -> None:
    st.session_state["score-asked"] = (drawn, anyway)


def _again(version: int) -> None:
    before = linked("again", "batch")
    if not before:
        return
    found = read(workflows.scored, before)
    st.info(
        _(
            "This very batch was scored by version {version} already: {when}. That run is shown.",
            version=found.version,
            when=when(found.when),
        ),
        icon=":material/history:",
    )
    st.button(_("Score anyway"), icon=":material/replay:", width="stretch", on_click=_asked, args=(version, True))


def _score(project: str, data: list[str], version: int, anyway: bool) -> None:
    try:
        _run(project, data, version, anyway)
    except CourtsideError as error:
        problem(error)


def _run(project: str, data: list[str], version: int, anyway: bool) -> None:
    st.query_params.pop("again", None)
    before = None if anyway else workflows.earlier(project, data, version=version)
    if before is not None:
        st.query_params.update({"batch": before.run_id, "again": before.run_id})
        st.rerun()
    if workflows.is_long(project, data):
        st.query_params.pop("batch", None)
        work.start("score", data=data, version=version)
        st.rerun()
    with st.spinner(_("Scoring")):
        scored = workflows.score(project, data, version=version)
        alerts.assess(project, scored.run_id)
    st.query_params["batch"] = scored.run_id
    st.rerun()


def _join(project: str, data: str, scoring_run: str) -> None:
    try:
        workflows.add_labels(project, data, scoring_run=scoring_run)
        alerts.assess(project, scoring_run)
    except CourtsideError as error:
        problem(error)
    else:
        st.query_params["batch"] = scoring_run
        st.rerun()


def stem(batch: str) -> str:
    """The name of a batch without its file's ending, to name a file by."""
    return batch.rsplit(".", 1)[0]


def _joined(found: workflows.Labelled | None, batch: str) -> None:
    if found is None:
        return
    st.markdown(
        _(
            "The last file added **{added}** labels and confirmed {confirmed}; {unused} could not be used.",
            added=number(found.added, ",d"),
            confirmed=number(found.confirmed, ",d"),
            unused=number(len(found.unused), ",d"),
        )
    )
    if len(found.unused):
        table(found.unused, name=f"{stem(batch)}_unused_labels", key="unused-labels")
        st.download_button(
            _("Download unused labels"),
            found.unused.to_parquet(index=False),
            f"{stem(batch)}_unused_labels.parquet",
            icon=":material/download:",
            on_click="ignore",
        )
