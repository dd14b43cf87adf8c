"""Monitor: the verdict first, then what it rests on, then the way out."""

import streamlit as st

from core import workflows
from pages.parts import lineage, retraining, verdict
from pages.parts.frame import head, page
from pages.parts.monitor import (
    before_labels,
    changed,
    deciding,
    over_time,
    policy,
    relied_on,
    replay,
    upcoming,
    worst_slices,
)
from pages.parts.monitor.report import report_button
from pages.parts.reads import linked, read, read_or_none
from pages.parts.state import _, literal, plain, say, when
from pages.parts.views import views


def answer(monitored: workflows.Monitored) -> None:
    """The verdict in words, and what to do."""
    assessment = monitored.assessment
    icon, color, __ = verdict.LEVELS[assessment.level]
    actions = head(f":{color}[{icon}] {say(literal(assessment.headline))}", say(assessment.action))
    with actions:
        if assessment.asks_for_action:
            retraining.button(_("Retrain"), monitored.scoring_run)
        report_button(monitored)


def decided(monitored: workflows.Monitored) -> None:
    """The four figures beside what follows from them."""
    left, right = st.columns([1, 2.2])
    with left:
        deciding.figures(monitored.assessment, read(workflows.unlabelled, monitored.run_id))
        st.caption(
            _(
                "{batch} · version {version} · assessed {when}",
                batch=plain(monitored.batch),
                version=monitored.version,
                when=when(monitored.when),
            )
        )
    with right:
        deciding.why(monitored.assessment)


with page("monitoring") as project:
    batch = linked("batch", "batch")
    scored = read(workflows.scored, batch) if batch else read_or_none(workflows.latest_scored, project)
    monitored = read_or_none(workflows.latest_monitored, project, scored.run_id) if scored else None
    if monitored is None:
        upcoming.show(project, scored)
        st.stop()
    answer(monitored)
    decided(monitored)
    match views("show", deciding.names()):
        case "changes":
            changed.show(project, monitored)
        case "performance":
            over_time.show(project, monitored)
        case "slices":
            worst_slices.show(monitored)
        case "importance":
            relied_on.show(project, monitored)
        case "labels":
            before_labels.show(project, monitored)
        case "policy":
            policy.show(project, monitored)
        case "replay":
            replay.show(project)
    lineage.of_run(monitored.run_id, f"{monitored.batch.rsplit('.', 1)[0]}_assessment")
