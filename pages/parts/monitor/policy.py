"""When to retrain: what the policy says of a batch, its limits with a preview before saving, and who kept which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from core import workflows
from core.retraining.limits import LIMITS, Limit, Rule
from pages.parts import alerts, retraining
from pages.parts.frame import Color, card, folded
from pages.parts.reads import read
from pages.parts.state import _, chosen, number, plain, say, when
from pages.parts.table import moment, table

if TYPE_CHECKING:
    from core.retraining.policies import Decision, Policy

RULES: dict[Rule, Callable[[], str]] = {
    "reactive": lambda: _("With labels"),
    "predictive": lambda: _("Without labels"),
    "age": lambda: _("By age"),
    "rows": lambda: _("By rows"),
}
SIGNS = {True: ":red[:material/error:]", False: ":green[:material/check_circle:]", None: ":gray[:material/help:]"}
_LOOKS: dict[bool, tuple[str, Color]] = {True: (":material/error:", "red"), False: (":material/check:", "green")}
NAME = 60


def show(project: str, monitored: workflows.Monitored | None) -> None:
    """The decision and who was told of it, where a batch is assessed; below, the limits beside what they would have
    said."""
    kept = read(workflows.policy, project)
    if monitored:
        left, right = st.columns([1.45, 1])
        with left:
            _decided(project, monitored, kept)
        with right:
            alerts.told(monitored)
    carried = _carried()
    left, right = st.columns([1, 1.2])
    with left:
        wanted = _limits(project, kept, carried)
    with right:
        _preview(project, wanted)
        _save(project, kept, wanted)
        if not monitored:
            alerts.told(None)
    _every(project)
    alerts.every_delivery(project)


def _decided(project: str, monitored: workflows.Monitored, kept: workflows.Kept) -> None:
    found = read(workflows.decision, monitored.run_id)
    asks = bool(found and found.retrain)
    icon, color = _LOOKS[asks]
    with card(_("What the policy says of this batch"), _said(found) if found else "", icon=icon, color=color):
        if found is None:
            st.caption(_("This assessment is older than policies."))
        for finding in found.findings if found else ():
            st.markdown(f"{SIGNS[finding.asks]} :gray[{RULES[finding.rule]()}] · {say(finding.reason)}")
        if found and not found.findings:
            st.caption(_("Every limit is off, so the policy asks for nothing."))
        if asks and not monitored.assessment.asks_for_action:
            retraining.button(_("Retrain"), monitored.scoring_run)
        then = read(workflows.policy_of, monitored.run_id)
        if found and then != kept.number:
            st.caption(_("Decided by {then}; {now} is in force.", then=_named(then), now=_named(kept.number)))
        if not found or then != kept.number:
            _assess_again(project, monitored)


def _assess_again(project: str, monitored: workflows.Monitored) -> None:
    if st.button(_("Assess again"), icon=":material/monitoring:"):
        with st.spinner(_("Comparing")):
            alerts.assess(project, monitored.scoring_run)
        st.rerun()


def _carried() -> workflows.Carried | None:
    """What the link brings along from a replay."""
    run, __, strategy = chosen("carry").partition(":")
    return read(workflows.nearest_policy, run, strategy) if strategy else None


def _limits(project: str, kept: workflows.Kept, carried: workflows.Carried | None) -> Policy:
    begun = carried.policy if carried else kept.policy
    limits: dict[str, Any] = {}
    with card(_("When to retrain"), _("{policy} in force", policy=_named(kept.number))):
        if kept.when:
            st.caption(_("Kept by {who}, {when}", who=plain(kept.who) or "–", when=when(kept.when)))
        if carried:
            st.markdown(f":material/input: {say(carried.said)} " + _("**Nothing is saved yet.**"))
        group = None
        for name, limit in LIMITS.items():
            if limit.rule != group:
                group = limit.rule
                st.markdown(f":gray[:small[{RULES[limit.rule]()}]]")
            key = f"policy-{project}-{kept.number}-{chosen('carry')}-{name}"
            limits[name] = _limit(key, limit, getattr(begun, name))
    return replace(kept.policy, **limits)


def _limit(key: str, limit: Limit, kept: float | None) -> float | int | None:
    kind = int if limit.whole else float
    low, high, begun, step = (
        kind(round(value * _scale(limit), 6))
        for value in (limit.low, limit.high, limit.start if kept is None else kept, limit.step)
    )
    words, field = st.columns([2.1, 1], vertical_alignment="center")
    on = words.toggle(_label(limit), kept is not None, help=say(limit.meaning), key=f"{key}-on")
    value = field.number_input(
        _label(limit),
        low,
        high,
        begun,
        step,
        format="%d" if limit.whole else "%g",
        key=key,
        disabled=not on,
        label_visibility="collapsed",
    )
    return (value if limit.whole else round(value / _scale(limit), 8)) if on else None


def _preview(project: str, wanted: Policy) -> None:
    found = read(workflows.policy_preview, project, wanted)
    asking = sum(one.decision.retrain for one in found)
    with card(_("What these limits would have said"), _("not saved by looking")):
        if not found:
            st.caption(_("No batch is assessed yet. Of each that was, this will say what these limits ask for."))
            return
        share = {"count": number(asking, ",d"), "all": number(len(found), ",d")}
        st.markdown(_("**{count} of {all}** batches would have asked for retraining.", **share))
        table(
            [
                {
                    _("Batch"): one.batch,
                    _("Version"): one.version,
                    _("Assessed"): one.when,
                    _("Recorded"): _said(one.recorded) if one.recorded else "–",
                    _("With these limits"): _said(one.decision),
                }
                for one in found
            ],
            name=f"{project}_policy_preview",
            key="policy-preview",
            config={_("Assessed"): moment()},
        )
        newest = found[0]
        title = _("Newest: {said}", said=_said(newest.decision))
        st.markdown(f"##### {title}", anchors=False)
        lines = [f"- {say(reason)}" for reason in newest.decision.reasons]
        st.markdown("\n".join(lines) or _("Every limit is off, so the policy asks for nothing."))


def _save(project: str, kept: workflows.Kept, wanted: Policy) -> None:
    with card(_("After a retraining"), height="content"):
        label = _("Promote a challenger that passes the guard")
        promote = st.toggle(label, kept.policy.promote, key=f"policy-{project}-{kept.number}-promote")
        st.caption(
            _(
                "The guard compares both models on the same rows. On: a challenger that is surely better on one set of "
                "rows and not surely worse on another becomes champion by itself. Off: it waits for your decision. "
                "Either way it is on record, and can be rolled back."
            )
        )
        wanted = replace(wanted, promote=promote)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            nobody = _("the login name, if left empty")
            who = st.text_input(_("Your name"), max_chars=NAME, placeholder=nobody, key="policy-who")
            if st.button(_("Save the policy"), icon=":material/save:", disabled=wanted == kept.policy):
                workflows.keep_policy(project, wanted, who=who)
                st.query_params.pop("carry", None)
                st.rerun()


def _every(project: str) -> None:
    box = folded(_("Every policy that was kept"), key="kept-policies")
    if not box.open:
        return
    with box:
        rows = [
            {
                _("Policy"): one.number,
                _("When"): one.when,
                _("Who"): one.who,
                **{_label(limit): _shown(limit, getattr(one.policy, key)) for key, limit in LIMITS.items()},
                _("Promotes"): one.policy.promote,
            }
            for one in read(workflows.kept_policies, project)
        ]
        if rows:
            table(rows, name=f"{project}_policies", key="policies", config={_("When"): moment()})
        else:
            st.caption(_("None yet: the default is in force."))


def _label(limit: Limit) -> str:
    return f"{say(limit.title)} (%)" if limit.percent else say(limit.title)


def _scale(limit: Limit) -> int:
    return 100 if limit.percent else 1


def _shown(limit: Limit, value: float | None) -> float | None:
    return None if value is None else round(value * _scale(limit), 6)


def _said(decision: Decision) -> str:
    return _("Retrain: {rule}", rule=RULES[decision.trigger]().lower()) if decision.trigger else _("Keep")


def _named(policy: int) -> str:
    return _("policy {number}", number=policy) if policy else _("the default")
