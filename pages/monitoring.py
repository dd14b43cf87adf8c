"""Monitor: the verdict first, then what it rests on, then the way out."""

import streamlit as st

from core import workflows
from pages.parts import (
    before_labels,
    changed,
    deciding,
    lineage,
    over_time,
    policy,
    relied_on,
    replay,
    retraining,
    upcoming,
    verdict,
    worst_slices,
)
from pages.parts.frame import head, page
from pages.parts.reads import read, read_or_none
from pages.parts.report import report_button
from pages.parts.state import _, chosen, say, when
from pages.parts.views import views


def answer(monitored: workflows.Monitored) -> None:
    """The verdict in words, and what to do."""
    assessment = monitored.assessment
    icon, color, __ = verdict.LEVELS[assessment.level]
    actions = head(f":{color}[{icon}] {say(assessment.headline)}", say(assessment.action))
    with actions:
        if assessment.asks_for_action:
            retraining.button(_("Retrain"), monitored.scoring_run)
        report_button(monitored)
    st.caption(
        _(
            "{batch} · version {version} · assessed {when}",
            batch=monitored.batch,
            version=monitored.version,
            when=when(monitored.when),
        )
    )


with page("monitoring") as project:
    batch = chosen("batch")
    scored = read(workflows.scored, batch) if batch else read_or_none(workflows.latest_scored, project)
    monitored = read_or_none(workflows.latest_monitored, project, scored.run_id) if scored else None
    if monitored is None:
        upcoming.show(project, scored)
        st.stop()
    answer(monitored)
    deciding.figures(monitored.assessment, read(workflows.unlabelled, monitored.run_id))
    deciding.why(monitored.assessment)
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
