"""Promote and roll back: what will change, the evidence, a reason and a name; and the timeline of all that was done."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core import workflows
from core.metrics.challenge import Guard
from core.store.registry import RegisteredVersion
from core.workflows import Challenged
from core.workflows.runs import RunName
from pages.parts.frame import card, shown
from pages.parts.reads import read
from pages.parts.state import _, number, plain, project, said, say, when

LONGEST = 300
KINDS: dict[str, tuple[str, Callable[[], str]]] = {
    RunName.PROMOTION: (":material/star:", lambda: _("Promoted")),
    RunName.ROLLBACK: (":material/undo:", lambda: _("Rolled back")),
}
SHOWN = 4
"""Decisions beside the picture; the file has them all."""


@st.dialog(" ", icon=":material/star:")
def promote(version: RegisteredVersion, champion: RegisteredVersion | None, challenged: Challenged | None) -> None:
    """Asks with the evidence; where that does not speak for promoting, a reason is needed."""
    title = _("Promote version {version}", version=version.version)
    st.markdown(f"#### {title}")
    _scoring(version)
    if champion:
        st.markdown(_("Version {version} steps back and stays for a roll-back.", version=champion.version))
    guard = challenged.comparison.guard if challenged else None
    if guard:
        evidence(guard)
    reason, who = _asked()
    needed = champion is not None and not (guard and guard.ok)
    if needed and not reason:
        st.caption(_("The evidence does not speak for promoting: write down the reason, then confirm it with Enter."))
    if st.button(_("Promote"), type="primary", icon=":material/star:", disabled=needed and not reason):
        with shown():
            expected = champion.version if champion else 0
            workflows.promote(project(), version.version, reason=reason, who=who, expected=expected)
            st.rerun()


@st.dialog(" ", icon=":material/undo:")
def roll_back(champion: RegisteredVersion, back: RegisteredVersion) -> None:
    """Asks once more, and says what will change."""
    title = _("Roll back")
    st.markdown(f"#### {title}")
    st.markdown(
        _("Version {version} steps back; version {before} scores again.", version=champion.version, before=back.version)
    )
    _scoring(back)
    st.markdown(_("Batches are then compared with its own test rows, as they were before."))
    reason, who = _asked()
    if st.button(_("Roll back"), type="primary", icon=":material/undo:"):
        with shown():
            workflows.rollback(project(), reason=reason, who=who, expected=champion.version)
            st.rerun()


def evidence(guard: Guard) -> None:
    """The guard's sentences, as an all-clear or a warning."""
    said = "\n\n".join(say(sentence) for sentence in guard.sentences)
    if guard.ok:
        st.success(said, icon=":material/check_circle:")
    else:
        st.warning(said, icon=":material/warning:")


def timeline() -> None:
    """Every promotion and roll-back, newest first, with its reason; all of them as CSV."""
    found = read(workflows.changes, project(), SHOWN)
    if not found:
        return
    with card(_("What was decided")):
        for change in found:
            icon, kind = KINDS[change.kind]
            step = f"{change.before} → {change.after}" if change.before else f"{change.after}"
            threshold = number(change.threshold_after, ".3g")
            line = _("**{step}** at threshold {threshold}", step=step, threshold=threshold)
            who = f" · {plain(change.who)}" if change.who else ""
            st.markdown(f"{icon} {kind()} {line} :gray[{when(change.when)}{who}]")
            if change.reason:
                st.text(said(change.reason))
        st.download_button(
            _("All decisions as CSV"),
            partial(workflows.changes_csv, project()),
            f"{project()}_decisions.csv",
            icon=":material/download:",
            on_click="ignore",
        )


def _scoring(version: RegisteredVersion) -> None:
    st.markdown(
        _(
            "Every batch scored from now on is scored by version {version}, at threshold {threshold}.",
            version=version.version,
            threshold=version.threshold,
        )
    )


def _asked() -> tuple[str, str]:
    reason = st.text_input(_("Reason"), max_chars=LONGEST, key="promotion-reason")
    who = st.text_input(
        _("Your name"), max_chars=60, placeholder=_("the login name, if left empty"), key="promotion-who"
    )
    return reason.strip(), who.strip()
