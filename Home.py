"""The overview: where every stage stands, what needs attention, and the next step."""

from collections.abc import Callable

import streamlit as st

from core import workflows
from core.charts import performance
from core.metrics.recorded import on_test, with_bounds
from core.metrics.registry import METRICS
from core.store.registry import RegisteredVersion
from core.workflows.runs import RunName
from pages.parts import alerts, court, retraining, verdict, work
from pages.parts.figures import label, written
from pages.parts.frame import PAGES, Color, card, go, head, page
from pages.parts.picture import picture
from pages.parts.reads import read, read_or_none
from pages.parts.state import _, literal, number, plain, say, when
from pages.parts.table import moment, table
from pages.parts.terms import term

SKILL = METRICS["skill"]
STATES: dict[str, tuple[str, Color, Callable[[], str]]] = {
    "nothing": (":material/more_horiz:", "gray", lambda: _("Nothing yet")),
    "done": (":material/check:", "green", lambda: _("Done")),
    "running": (":material/progress_activity:", "blue", lambda: _("Running")),
    "stale": (":material/history:", "orange", lambda: _("Stale")),
    "act": (":material/priority_high:", "red", lambda: _("Act")),
}
ICONS = {
    "data_preparation": "table",
    "training": "tune",
    "model_registry": "workspace_premium",
    "production_scoring": "target",
    "monitoring": "monitoring",
    RunName.PREPARATION: "table",
    RunName.TRAINING: "tune",
    "register": "workspace_premium",
    RunName.SCORING: "target",
    RunName.MONITORING: "monitoring",
    RunName.RETRAINING: "cached",
    RunName.POLICY: "rule",
    RunName.REPLAY: "fast_rewind",
    "alert": "notifications",
    RunName.DELIVERY: "send",
    RunName.PROMOTION: "star",
    RunName.ROLLBACK: "undo",
    RunName.LABELS: "join_inner",
}


def welcome(project: str) -> None:
    """The first visit."""
    actions = head(
        _("Take a classifier through its whole life"),
        _(
            "All of it here. Trying it runs every stage once in the background, in about half a minute, and can be "
            "cancelled."
        ),
    )
    title = read(workflows.project_contract, project).title
    actions.button(
        _("Try it with {title}", title=title),
        type="primary",
        icon=":material/play_arrow:",
        on_click=work.start,
        args=("demo",),
        disabled=work.busy(),
    )


def next_step(status: workflows.Status, step: workflows.NextStep) -> None:
    """The sentence at the top, and the one button that goes with it."""
    actions = head(say(literal(step.title)), say(literal(step.reason)))
    if step.retrain and status.scored:
        with actions:
            retraining.button(_("Retrain with this batch"), status.scored.run_id)
    elif actions.button(
        _("Go to {page}", page=PAGES[step.page][2]()), type="primary", icon=":material/arrow_forward:", shortcut="N"
    ):
        go(step.page)


def stages(project: str, status: workflows.Status) -> None:
    """One card a stage."""
    running = work.stages(project)
    row = st.grid(5, min_column_width=150)
    for stage in status.stages:
        icon, color, word = STATES["running" if stage.key in running else stage.state]
        with row.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                st.markdown(f":gray[:material/{ICONS[stage.key]}: {PAGES[stage.key][2]()}]", width="content")
                st.badge(word(), icon=icon, color=color)
            st.markdown(f"##### {say(literal(stage.fact))}", anchors=False)
            st.caption(say(literal(stage.detail)))


def champion(version: RegisteredVersion, monitored: workflows.Monitored | None) -> None:
    """The champion on its own test rows, beside the last batch."""
    figures = workflows.version_metrics([version])[version.version]
    badge = _("Version {version}", version=version.version)
    with card(_("Champion"), badge, icon=":material/star:", color="yellow", meaning=term("champion")):
        st.caption(
            _(
                "{candidate} · registered {when}",
                candidate=say(workflows.candidate_title(version.candidate)),
                when=when(version.registered),
            )
        )
        skill, auc = st.columns(2)
        for place, key in ((skill, "skill"), (auc, "roc_auc")):
            metric = METRICS[key]
            named = _("{metric} on test", metric=label(metric))
            place.metric(named, written(metric, figures[on_test(key)]), help=say(metric.meaning))
        __, low, high = with_bounds(figures, "skill")
        rows = [performance.Row(_("Test"), figures[on_test("skill")], low, high, "reference")]
        measured = monitored.assessment.performance if monitored else None
        if measured:
            rows.append(performance.Row.of(_("Last batch"), measured.skill, "current"))
        alt = _("Skill on test {skill}, each with its 95 % interval.", skill=written(SKILL, figures[on_test("skill")]))
        picture(performance.intervals, rows, alt=alt, key="champion")


def last_batch(project: str, scored: workflows.Scored, monitored: workflows.Monitored | None) -> None:
    """The batch that was scored last, and where its rows lie."""
    level = verdict.LEVELS[monitored.assessment.level] if monitored else None
    icon, color, word = level or (None, "gray", str)
    with card(_("Last batch"), word(), icon=icon, color=color):
        st.caption(_("{batch} · scored {when}", batch=plain(scored.batch), when=when(scored.when)))
        if court.has(project):
            left, right = st.columns([1.7, 1])
            with left:
                court.density(project, read(workflows.scored_rows, scored.run_id), role="current", key="last-batch")
        else:
            right = st.container(horizontal=True)
        right.metric(label(SKILL), written(SKILL, scored.metrics.get(SKILL.key)), help=say(SKILL.meaning))
        if monitored:
            share = monitored.assessment.outside_share
            right.metric(_("Unlike the test rows"), number(share, ".0%"), help=term("outside"))


def activity(project: str) -> None:
    """What happened lately."""
    with card(_("Recent activity")):
        for item in read(workflows.history, project):
            st.markdown(f":material/{ICONS[item.kind]}: {say(literal(item.what))}  \n:gray[:small[{by(item)}]]")
        st.space("stretch")
        if st.button(_("All runs"), type="tertiary", icon=":material/arrow_forward:", icon_position="right"):
            all_runs(project)


def by(item: workflows.Activity) -> str:
    """When something happened, and through whom."""
    return " · ".join(filter(None, (when(item.when), plain(item.who))))


@st.dialog(" ", width="large", icon=":material/history:")
def all_runs(project: str) -> None:
    """Everything that is recorded, to look through and to take away."""
    st.markdown(f"#### {_('All runs')}", anchors=False)
    rows = [
        {
            _("When"): item.when,
            _("What"): say(item.what).replace("**", ""),
            _("Who"): item.who,
            _("Run"): item.run_id,
        }
        for item in read(workflows.history, project, 1000)
    ]
    table(rows, name=f"{project}_runs", key="all-runs", config={_("When"): moment()}, height=420)


with page("overview") as project:
    status = read(workflows.status, project)
    alerted = False
    if running := work.under_way(project):
        head(_("{what} is under way", what=running), _("Its stages are marked below; every page says how far it is."))
    elif (step := workflows.next_step(status)) is None:
        welcome(project)
    else:
        with st.container(gap=None):
            next_step(status, step)
            alerted = alerts.banner(status)
    stages(project, status)
    if status.champion is None:
        st.stop()
    left, right = st.columns([2.5, 1])
    with right:
        activity(project)
    with left:
        cards = st.columns([1, 1.12])
        with cards[0]:
            champion(status.champion, status.monitored)
        if status.scored:
            with cards[1]:
                last_batch(project, status.scored, status.monitored)
            windows = read_or_none(workflows.windows, status.scored.run_id)
            if windows:
                with card(_("Skill by year of the last batch, with 95 % band"), verdict.left_out(windows)):
                    # What the banner takes the trend gives: the overview is seen without scrolling.
                    height = 142 if alerted else 180
                    verdict.trend(windows, status.monitored, key="overview-trend", height=height)
