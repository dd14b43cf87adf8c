"""Monitor: the verdict first, then what it rests on, then the way out."""

import streamlit as st

from core import workflows
from core.charts import drift
from core.messages import message
from core.monitoring import Assessment
from pages.parts import alerts, before_labels, court, lineage, policy, replay, retraining, verdict, worst_slices
from pages.parts.frame import card, folded, head, page
from pages.parts.picture import picture
from pages.parts.reads import read, read_or_none
from pages.parts.report import report_button
from pages.parts.state import _, chosen, delta, number, say, when
from pages.parts.terms import term
from pages.parts.views import views


def figures(assessment: Assessment) -> None:
    """The figures that decide, each beside the reference."""
    row = st.grid(4, min_column_width=150)
    found = assessment.performance
    if found:
        change = verdict.percent_points(found.skill.value, found.reference_skill.value)
        row.metric(
            _("Skill on this batch"),
            number(found.skill.value, "+.1%"),
            change and _("{points} points", points=change),
            delta_description=_("from test"),
            border=True,
            help=verdict.skill_help(),
        )
        change = delta(found.roc_auc.value - found.reference_roc_auc.value, "+.3f")
        row.metric(
            _("AUC on this batch"),
            number(found.roc_auc.value, ".3f"),
            change,
            delta_description=_("from test"),
            border=True,
            help=term("roc_auc"),
        )
    else:
        row.metric(
            _("Skill on this batch"),
            _("unknown"),
            _("too few labels"),
            delta_color="off",
            delta_arrow="off",
            border=True,
        )
        row.metric(
            _("AUC on this batch"), _("unknown"), _("too few labels"), delta_color="off", delta_arrow="off", border=True
        )
    row.metric(
        _("Unlike the test rows"),
        number(assessment.outside_share, ".0%"),
        _("of {rows:,} rows", rows=assessment.rows),
        delta_color="off",
        delta_arrow="off",
        border=True,
        help=term("outside"),
    )
    drifted = sum(item.drifted for item in assessment.drift)
    row.metric(
        _("Features drifted"),
        _("{drifted} of {all}", drifted=drifted, all=len(assessment.drift)),
        _("by effect size"),
        delta_color="off",
        delta_arrow="off",
        border=True,
        help=term("drifted"),
    )


def changes(project: str, monitored: workflows.Monitored) -> None:
    """What changed, strongest first, and how it looked before."""
    found = monitored.assessment.drift
    titles = {feature.name: feature.title for feature in read(workflows.project_contract, project).features}
    left, right = st.columns([1, 1.45])
    with left, card(_("What changed, strongest first")):
        alt = _("{name} drifted most.", name=titles.get(found[0].feature, found[0].feature))
        picture(
            drift.ranked,
            [titles.get(item.feature, item.feature) for item in found],
            [item.effect for item in found],
            None,
            [item.drifted for item in found],
            title=message("drift, in multiples of the alarm line"),
            alt=alt,
            key="ranked",
        )
    with right, card(_("Before and now"), _("grey: test rows, line: this batch")):
        panels = read(workflows.before_and_now, monitored.run_id)[:4]
        picture(drift.before_and_now, panels, alt=alt, key="before-now")


def evidence(project: str, monitored: workflows.Monitored) -> None:
    """The skill over time, and where rows come from."""
    left, right = st.columns([1.45, 1]) if court.has(project) else (st.container(), None)
    windows = read(workflows.windows, monitored.scoring_run)
    with left, card(_("Skill by year, with 95 % band"), verdict.left_out(windows)):
        if windows:
            verdict.trend(windows, monitored, key="trend")
        else:
            st.caption(_("This batch has no labels or no time column, so there is no trend."))
    if right:
        with right, card(_("Where the shots come from")):
            before, now = st.columns(2)
            with before:
                version = next(v for v in read(workflows.versions, project) if v.version == monitored.version)
                court.density(project, read(workflows.reference, version), role="reference", key="court-before")
                st.caption(_("Reference, test rows"))
            with now:
                court.density(
                    project, read(workflows.scored_rows, monitored.scoring_run), role="current", key="court-now"
                )
                st.caption(_("Current, this batch"))


def table(assessment: Assessment) -> None:
    """Every statistic of every feature."""
    box = folded(_("Every statistic"), key="every-statistic")
    if not box.open:
        return
    names = ("psi", "wasserstein", "ks", "total_variation", "jensen_shannon", "effect", "ks_p", "chi2_p")
    rows = [
        {
            _("Feature"): item.feature,
            _("Drifted"): item.drifted,
            **{name: getattr(item, name) for name in names},
            _("Nulls before"): item.nulls_reference,
            _("Nulls now"): item.nulls_current,
        }
        for item in (*assessment.drift, assessment.prediction)
    ]
    with box:
        st.dataframe(
            rows,
            hide_index=True,
            column_config={name: st.column_config.NumberColumn(format="%.4f", help=term(name)) for name in names},
        )
        st.caption(
            _("Effect sizes decide; p-values are only shown, because with enough rows any difference is significant.")
        )


with page("monitoring") as project:
    batch = chosen("batch")
    scored = read(workflows.scored, batch) if batch else read(workflows.latest_scored, project)
    monitored = read_or_none(workflows.latest_monitored, project, scored.run_id)
    if monitored is None:
        actions = head(
            _("{batch} is not assessed yet", batch=scored.batch), _("Compare it with the champion's test rows.")
        )
        if actions.button(_("Assess this batch"), type="primary", icon=":material/monitoring:", shortcut="A"):
            with st.spinner(_("Comparing")):
                alerts.assess(project, scored.run_id)
            st.rerun()
        st.stop()
    assessment = monitored.assessment
    icon, color, word = verdict.LEVELS[assessment.level]
    actions = head(f":{color}[{icon}] {say(assessment.headline)}", say(assessment.action))
    with actions:
        if assessment.asks_for_action:
            retraining.button(_("Retrain"), scored.run_id)
        report_button(monitored)
    st.caption(
        _(
            "{batch} · version {version} · assessed {when}",
            batch=monitored.batch,
            version=monitored.version,
            when=when(monitored.when),
        )
    )
    figures(assessment)
    with card(_("Why"), word(), icon=icon, color=color):
        st.markdown("\n".join(f"- {say(reason)}" for reason in assessment.reasons))
    names = {
        "changes": _("What changed"),
        "labels": _("Before labels"),
        "slices": _("Worst slices"),
        "policy": _("Policy"),
        "replay": _("Replay"),
    }
    match views("show", names):
        case "changes":
            changes(project, monitored)
            evidence(project, monitored)
            table(assessment)
        case "labels":
            before_labels.show(project, monitored)
        case "slices":
            worst_slices.show(monitored)
        case "policy":
            policy.show(project, monitored)
        case "replay":
            replay.show(project)
    lineage.of_run(monitored.run_id, f"{monitored.batch.rsplit('.', 1)[0]}_assessment")
