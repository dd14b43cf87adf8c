"""Who is told that a batch asks for action: the banner, the log of deliveries, and sending again."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core import workflows
from pages.parts import work
from pages.parts.frame import Color, card, folded, go
from pages.parts.reads import read
from pages.parts.state import _, plain, say, when
from pages.parts.table import moment, table

ASKED = {
    ("verdict",): lambda: _("the verdict asks for action"),
    ("policy",): lambda: _("the policy asks for retraining, the verdict does not"),
    ("verdict", "policy"): lambda: _("the verdict and the policy both ask for action"),
}
STATES: dict[str, tuple[Color, str, Callable[[], str]]] = {
    "delivered": ("green", ":material/check_circle:", lambda: _("delivered")),
    "sending": ("gray", ":material/schedule_send:", lambda: _("on its way")),
    "failed": ("red", ":material/error:", lambda: _("failed")),
    "interrupted": ("orange", ":material/warning:", lambda: _("interrupted")),
}


def assess(project: str, scoring_run: str) -> None:
    """Assesses a batch. An alert is delivered by the worker: a server that does not answer keeps no page waiting."""
    found = workflows.monitor(project, scoring_run, deliver=False)
    raised = workflows.alert(found.run_id)
    if raised and raised.due:
        _send(raised)


def banner(status: workflows.Status) -> bool:
    """On the overview: who asks for action and who was told of it, as long as the champion is the one meant. Returns
    whether there is such an alert."""
    monitored = status.monitored
    found = read(workflows.alert, monitored.run_id) if monitored else None
    if not monitored or not found or not status.champion or found.version != status.champion.version:
        return False
    with st.container(horizontal=True, vertical_alignment="center"):
        about = _("**Alert** of {when}: {who}", when=when(found.when), who=ASKED[found.asked_by]())
        st.markdown(f":red[:material/notifications_active:] {about}", width="content")
        for delivery in found.deliveries:
            # In full on the policy's view: here it must not take a second line.
            color, icon, word = STATES[delivery.state]
            label = f"{say(workflows.CHANNELS[delivery.channel])}: {word()}"
            st.badge(label, icon=icon, color=color, help=plain(say(workflows.outcome(delivery))))
        if found.deliveries:
            _again(found)
        if st.button(_("See why"), type="tertiary", icon=":material/arrow_forward:", key="alert-why"):
            go("monitoring", batch=monitored.scoring_run, show="policy")
    return True


def told(monitored: workflows.Monitored | None) -> None:
    """Who is told of an assessment, and what became of it; who would be, where there is none yet."""
    found = read(workflows.alert, monitored.run_id) if monitored else None
    with card(_("Who is told"), _("no alert") if monitored and not found else ""):
        channels = workflows.alert_channels()
        if not channels:
            # No caption: code in one is too faint to read.
            st.markdown(
                _(
                    "An alert appears on the overview and in the history. To send it elsewhere, set "
                    "`COURTSIDE_WEBHOOK_URL` or `COURTSIDE_SMTP_HOST` and start the app again; the README names them "
                    "all."
                )
            )
        for channel in channels:
            if channel.fault:
                st.markdown(f":red[:material/error:] {say(channel.fault.message)} {say(channel.fault.hint)}")
            elif not found or (channel.channel in found.due and channel.channel not in _tried(found)):
                label = say(workflows.CHANNELS[channel.channel])
                st.markdown(_(":gray[:material/send:] {channel} to {place}", channel=label, place=channel.place))
        for delivery in found.deliveries if found else ():
            _line(delivery)
        if found:
            _again(found)


def _tried(found: workflows.Raised) -> set[str]:
    return {delivery.channel for delivery in found.deliveries}


def _line(delivery: workflows.Delivery) -> None:
    color, icon, __ = STATES[delivery.state]
    st.markdown(f":{color}[{icon}] {plain(say(workflows.outcome(delivery)))}", width="content")


def _again(found: workflows.Raised) -> None:
    if not found.due:
        return
    label = _("Send again") if found.deliveries else _("Send")
    if st.button(label, type="tertiary", icon=":material/send:", disabled=work.delivering(), key="alert-send"):
        _send(found)
        st.rerun()


def _send(found: workflows.Raised) -> None:
    work.start("deliver_alert", run=found.run_id)


def every_delivery(project: str) -> None:
    """What was sent in this project and what became of it, also where it failed."""
    box = folded(_("Every delivery"), key="deliveries")
    if not box.open:
        return
    with box:
        rows = [
            {
                _("When"): one.when,
                _("Batch"): one.batch,
                _("Channel"): say(workflows.CHANNELS[one.channel]),
                _("To"): one.place,
                _("Outcome"): STATES[one.state][2](),
                _("Attempts"): one.attempts,
                _("Reason"): say(one.failure) if one.failure else "",
            }
            for one in read(workflows.deliveries, project)
        ]
        if rows:
            table(rows, name=f"{project}_deliveries", key="every-delivery", config={_("When"): moment()})
        else:
            st.caption(_("Nothing was sent yet."))
