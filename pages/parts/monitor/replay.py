"""The history once more: what each way to retrain would have given, and the policy that follows from it."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import streamlit as st

from core import workflows
from core.charts import replay as charts
from core.charts.replay import Line
from core.metrics.intervals import FEWEST_LABELS
from core.metrics.registry import METRICS
from pages.parts import verdict, work
from pages.parts.figures import label, written
from pages.parts.frame import card, folded
from pages.parts.picture import picture
from pages.parts.reads import linked, read, read_or_none
from pages.parts.state import _, number, project, say, when
from pages.parts.table import table

if TYPE_CHECKING:
    from core.retraining.strategies import Course, Step
    from core.workflows import Replayed

WINDOWS = {
    "season": lambda: _("season, July to June"),
    "year": lambda: _("calendar year"),
    "month": lambda: _("month"),
    "rows": lambda: _("so many rows"),
}
STANDINGS = {
    "better": lambda: _("surely better"),
    "worse": lambda: _("surely worse"),
    "alike": lambda: _("can't be told apart"),
}
PLACES = ("never", "each", "every", "reactive", "predictive", "policy")
"""By which a strategy's line always looks the same."""


def show(project: str) -> None:
    """The newest replay, or the one that the link names, and a way to run another."""
    named = linked("replay", "replay")
    found = read(workflows.replayed, named) if named else read_or_none(workflows.latest_replayed, project)
    if found is None:
        with card(_("Which way to retrain would have served best?"), height="content"):
            st.markdown(
                _(
                    "The project's own history is fed window by window, as it arrived, to the champion's algorithm: "
                    "retrained never, after every window, when labels ask for it, or before they come. Every row is "
                    "predicted before it is learned from."
                )
            )
            _settings()
        return
    _answer(found)
    _pictures(found)
    _table(found)
    _reasons(found)
    box = folded(_("Replay again with other settings"), key="replay-again")
    if box.open:
        with box:
            _settings()


def _answer(found: Replayed) -> None:
    made = found.replay
    with card(_("Which way to retrain would have served best?"), when(found.when), height="content"):
        st.markdown(f"##### {say(made.conclusion)}", anchors=False)
        said = _("prepared data and labelled batches") if found.batches else _("prepared data")
        st.caption(
            _(
                "Algorithm of version {version}, {data}; {count} windows ({by}), {first} to {last}, {rows:,} rows, "
                "each predicted before it was learned from. The first model learned from {learned}.",
                data=said,
                version=found.version,
                count=len(made.windows),
                by=WINDOWS[found.by](),
                first=made.windows[0],
                last=made.windows[-1],
                rows=made.rows,
                learned=" – ".join(dict.fromkeys((made.learned[0], made.learned[-1]))),
            )
        )
        if found.step > 1:
            st.caption(_("The history has too many rows to replay them all: one in {step} was.", step=found.step))
        _take(found)


def _take(found: Replayed) -> None:
    """A button for each policy that was replayed, and for each schedule one that prepares the policy nearest to it; the
    advised one bears a star."""
    labels = {"reactive": _("Use the reactive policy"), "predictive": _("Use the predictive policy")}
    with st.container(horizontal=True):
        for key, label in labels.items():
            icon = ":material/star:" if key == found.replay.advised else ":material/rule:"
            if st.button(label, key=f"take-{key}", icon=icon):
                kept = workflows.take_policy(found.run_id, key)
                st.toast(_("Policy {number} is in force now.", number=kept.number), icon=":material/check:")
        for strategy in (course.strategy for course in found.replay.courses if course.strategy.every):
            st.button(
                _("Prepare a policy: every {count} windows", count=strategy.every)
                if strategy.every > 1
                else _("Prepare a policy: every window"),
                key=f"carry-{strategy.key}",
                icon=":material/star:" if strategy.key == found.replay.advised else ":material/edit_calendar:",
                on_click=st.query_params.update,
                args=({"show": "policy", "carry": f"{found.run_id}:{strategy.key}"},),
            )


def _pictures(found: Replayed) -> None:
    made = found.replay
    never = made.courses[0]
    lines = [(PLACES.index(course.strategy.key), course, say(course.strategy.label)) for course in made.courses]
    left, right = st.columns(2)
    with left, card(_("Log loss against never retraining, added up"), _("lower is better")):
        drawn = [Line(name, _added_up(course, never), place, _marks(course)) for place, course, name in lines if place]
        picture(charts.saved, list(made.windows), drawn, alt=say(made.conclusion), key="replay-saved")
        st.caption(_("A mark: retrained after this window."))
    few = sum(step.rows < FEWEST_LABELS for step in never.steps)
    badge = verdict.left_out_of(few, len(never.steps))
    with right, card(_("Skill in each window"), badge):
        drawn = [Line(name, _skills(course), place, _marks(course)) for place, course, name in lines]
        best = max(made.courses, key=lambda course: course.skill or 0.0)
        alt = _("{strategy} has the highest mean skill: {skill}.", strategy=say(best.strategy.title),
                skill=written(METRICS["skill"], best.skill))  # fmt: skip
        picture(charts.skills, list(made.windows), drawn, alt=alt, key="replay-skills")
        st.caption(_("0 is a fixed guess that knows the window's own rate."))


def _added_up(course: Course, never: Course) -> list[float]:
    pairs = zip(course.steps, never.steps, strict=True)
    return list(accumulate((one.log_loss - other.log_loss) * one.rows for one, other in pairs))


def _skills(course: Course) -> list[float | None]:
    return [step.skill if step.rows >= FEWEST_LABELS else None for step in course.steps]


def _marks(course: Course) -> list[bool]:
    return [step.retrain for step in course.steps]


def _table(found: Replayed) -> None:
    with card(_("Every strategy on the same {rows:,} rows", rows=found.replay.rows), height="content"):
        st.dataframe([_row(course) for course in found.replay.courses], hide_index=True, key="replay-table")
        st.caption(_("Less log loss is better; the intervals allow for the number of strategies compared."))


def _row(course: Course) -> dict[str, object]:
    against, loss = "–", METRICS["log_loss"]
    if course.retrainings:
        gain, low, high = (number(getattr(course.difference, end), loss.signed) for end in ("value", "low", "high"))
        against = f"{gain} [{low}, {high}]"
    return {
        _("Strategy"): say(course.strategy.title),
        _("Retrainings"): course.retrainings,
        label(loss): written(loss, course.log_loss),
        _("Against never, 95 %"): against,
        _("In words"): STANDINGS[course.standing]() if course.retrainings else _("never retrained"),
        _("Mean skill"): written(METRICS["skill"], course.skill),
    }


def _reasons(found: Replayed) -> None:
    box = folded(_("Which window triggered, and why"), key="replay-reasons")
    if not box.open:
        return
    decided = [
        (course, step)
        for course in found.replay.courses
        if course.strategy.policy
        for step in course.steps
        if step.reasons
    ]
    decided.sort(key=lambda one: not one[1].retrain)
    with box:
        if not any(step.retrain for __, step in decided):
            st.markdown(_("No policy asked for a retraining. What each said of each window:"))
        wide = {_("Why"): st.column_config.TextColumn(width="large")}
        rows = [_decision(course, step) for course, step in decided]
        table(rows, name=f"{project()}_replay_reasons", key="replay-why", config=wide)


def _decision(course: Course, step: Step) -> dict[str, object]:
    return {
        _("Strategy"): say(course.strategy.title),
        _("Window"): step.window,
        _("Rows"): step.rows,
        _("Retrained"): step.retrain,
        _("The model knew all until"): step.learned_until,
        _("Why"): " ".join(say(reason) for reason in step.reasons),
    }


def _settings() -> None:
    with st.form("replay-settings", border=False):
        grid = st.grid(3, min_column_width=200)
        by = grid.selectbox(_("Windows by"), list(WINDOWS), format_func=lambda name: WINDOWS[name]())
        rows = grid.number_input(_("Rows of a window, where counted"), 100, 1_000_000, 1_000, 100)
        first = grid.number_input(_("Windows that train the first model"), 1, 100, 3)
        every = grid.number_input(_("Also retrain after so many windows"), 1, 100, 4)
        memory = grid.number_input(
            _("Learn from the last windows only"), 0, 100, 0, help=_("0: from every window so far.")
        )
        batches = grid.toggle(
            _("Scored batches too"), help=_("Batches that have labels join by their time; without: prepared data only.")
        )
        if st.form_submit_button(_("Replay the history"), icon=":material/replay:", disabled=work.busy()):
            work.start("replay", by=by, rows=rows, first=first, every=every, memory=memory, batches=batches)
            st.rerun()
