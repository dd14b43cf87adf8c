"""Register: versions, champion and challenger, promote and roll back."""

import re
from functools import partial
from math import nan

import streamlit as st

from core import workflows
from core.charts import comparison
from core.charts.performance import Points
from core.metrics.recorded import on_test, with_bounds
from core.metrics.registry import METRICS, listed
from core.store.registry import RegisteredVersion
from core.text.errors import NothingYet
from core.text.messages import message
from pages.parts import lineage
from pages.parts.figures import label, written
from pages.parts.frame import card, head, page
from pages.parts.picture import picture
from pages.parts.reads import read, read_or_none
from pages.parts.register import challenge, promotion, versions_table
from pages.parts.register.model_card import model_card
from pages.parts.state import _, chosen, say
from pages.parts.terms import term
from pages.parts.views import views


def history(project: str, versions: list[RegisteredVersion]) -> None:
    """The first picture: a metric across versions, with what it came to in production."""
    figures = workflows.version_metrics(versions)
    shown = sorted(versions, key=lambda item: item.version)
    names = [f"v{item.version}" for item in shown]
    bearer = {item.alias: f"v{item.version}" for item in shown if item.alias}
    title = _("Versions on their test splits, with 95 % interval")
    with card(title, _("star: champion"), meaning=term("interval"), badge_meaning=term("champion")):
        key = views("metric", {metric.key: label(metric) for metric in listed("trend")}, _("Metric"))
        metric = METRICS[key]
        found = [with_bounds(figures[item.version], key) for item in shown]
        parts = [[nan if bound is None else bound for bound in side] for side in zip(*found, strict=True)]
        skills = read(workflows.production_skill, project) if key == "skill" else {}
        alt = _("{count} versions; the newest has {figure}.", count=len(shown), figure=written(metric, parts[0][-1]))
        picture(
            comparison.versions,
            Points(names, *parts),
            bearer.get("champion", ""),
            bearer.get("challenger", ""),
            production=[skills.get(item.version) for item in shown],
            spec=metric.spec,
            alt=alt,
            key="versions",
        )
        st.caption(say(metric.meaning))
        if skills:
            st.caption(_("Hollow circles: skill on the newest labelled batch that the version has scored."))


def actions(
    project: str,
    versions: list[RegisteredVersion],
    champion: RegisteredVersion | None,
    picked: RegisteredVersion | None,
    challenged: workflows.Challenged | None,
) -> None:
    """Promote the version that is looked at, or roll back."""
    by_number = {item.version: item for item in versions}
    back = read(workflows.can_roll_back, project) if champion else 0
    if champion and back and st.button(_("Roll back"), icon=":material/undo:"):
        promotion.roll_back(champion, by_number[back])
    if picked:
        label = _("Promote version {version}", version=picked.version)
        plain = champion is None or (challenged is not None and challenged.comparison.guard.ok)
        if st.button(label, type="primary" if plain else "secondary", icon=":material/star:", shortcut="P"):
            promotion.promote(picked, champion, challenged)


def looked_at(versions: list[RegisteredVersion]) -> RegisteredVersion | None:
    """The version beside the champion: the one in the link, else the newest that is not champion."""
    others = {item.version: item for item in versions if item.alias != "champion"}
    asked = int(chosen("version")) if re.fullmatch(r"[0-9]{1,9}", chosen("version")) else 0
    return others.get(asked) or next(iter(others.values()), None)


def pick(versions: list[RegisteredVersion], picked: RegisteredVersion) -> None:
    """Another version to hold against the champion; nothing where there is no other."""
    others = [item.version for item in versions if item.alias != "champion"]
    if len(others) < 2:
        return
    names = {number: _("Version {version}", version=number) for number in others}
    wanted = st.selectbox(
        _("Version"),
        others,
        index=others.index(picked.version),
        format_func=names.__getitem__,
        label_visibility="collapsed",
        key="pick-version",
        width=160,
    )
    if wanted != picked.version:
        st.query_params["version"] = str(wanted)
        st.rerun()


with page("model_registry") as project:
    versions = read(workflows.versions, project)
    if not versions:
        read(workflows.latest_trained, project)
        raise NothingYet(
            message("No version is registered yet."), message("Register a candidate on the training page.")
        )
    champion = read_or_none(workflows.champion, project)
    if champion:
        title = _("Version {version} is champion", version=champion.version)
        reason = _(
            "{candidate}, skill {skill} on its test split. It scores every batch.",
            candidate=say(workflows.candidate_title(champion.candidate)).capitalize(),
            skill=written(METRICS["skill"], workflows.version_metrics([champion])[champion.version][on_test("skill")]),
        )
    else:
        title, reason = _("No champion yet"), _("Promote a version, and it scores every batch.")
    picked = looked_at(versions)
    challenged = read(workflows.compare, project, picked.version) if champion and picked else None
    with head(title, reason):
        actions(project, versions, champion, picked, challenged)
    left, right = st.columns([2.4, 1]) if champion else (st.container(), None)
    with left:
        history(project, versions)
    if right:
        with right:
            promotion.timeline()
    if challenged and picked:
        challenge.compared(challenged, partial(pick, versions, picked))
    versions_table.show(project, versions)
    shown = picked or champion or versions[0]
    model_card(shown)
    lineage.of_version(shown)
