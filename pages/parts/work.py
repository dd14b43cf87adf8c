"""Long work: the queue that the whole app shares, and the panel that shows it on every page."""

from __future__ import annotations

import sys
from collections.abc import Callable

import streamlit as st

from core import workflows
from core.store import settings
from core.work.queue import Job, Queue
from pages.parts.reads import read
from pages.parts.state import _, literal, plain, project, say, when

TITLES = {
    "prepare": lambda: _("Preparation"),
    "train": lambda: _("Training"),
    "retrain": lambda: _("Retraining"),
    "learning_curve": lambda: _("Learning curve"),
    "score": lambda: _("Scoring"),
    "replay": lambda: _("Replay"),
    "demo": lambda: _("The whole lifecycle"),
    "deliver_alert": lambda: _("Delivery of the alert"),
}
LOST = {
    "prepare": lambda: _("Nothing of this preparation is kept; earlier ones stay."),
    "train": lambda: _("Candidates that are done are kept and can be looked at; the others are lost."),
    "retrain": lambda: _("All that it has done is taken back, and nothing is registered; the champion stays."),
    "learning_curve": lambda: _("The curve is not drawn; the candidate stays."),
    "score": lambda: _("No row of this batch is kept as scored; the file stays."),
    "replay": lambda: _("Nothing of this replay is kept; earlier ones stay."),
    "demo": lambda: _("Stages that are done are kept; the one that runs is lost."),
    "deliver_alert": lambda: _("The alert stays on record and can be sent again."),
}
"""What ending a work costs, and what it leaves."""
COUNTED = {"score"}
"""Work that says itself how many of its rows are done."""
STAGES = {
    "prepare": "data_preparation",
    "train": "training",
    "retrain": "training",
    "learning_curve": "training",
    "score": "production_scoring",
    "replay": "monitoring",
}
"""The stage that work belongs to."""
LIFECYCLE = ("data_preparation", "training", "model_registry", "production_scoring", "monitoring", "training")
"""The stage that each step of the whole lifecycle belongs to."""


@st.cache_resource(show_spinner=False)
def queue() -> Queue:
    """The app's one queue. Making it closes the runs that a dead process left open, and warms the worker."""
    workflows.close_interrupted()
    made = Queue(
        [sys.executable, "-m", "core.work.worker"], on_loss=workflows.close_interrupted, scratch=settings.load().scratch
    )
    made.warm()
    return made


def start(verb: str, **arguments: object) -> None:
    """Queues a workflow for the present project; its progress appears on every page."""
    job = queue().submit(verb, project(), **arguments)
    if job.state == "queued":
        st.toast(_("Other work is running; this one waits for its turn."), icon=":material/hourglass:")


def busy() -> bool:
    """Whether work of the present project is open that other work has to wait for."""
    return any(job.open for job in queue().jobs() if job.project == project() and job.verb != "deliver_alert")


def delivering() -> bool:
    """Whether an alert of the present project is on its way."""
    return any(job.open for job in queue().jobs() if job.project == project() and job.verb == "deliver_alert")


def any_open() -> bool:
    """Whether any work is open."""
    return any(job.open for job in queue().jobs())


def under_way(project: str) -> str:
    """What stage is being worked at for the project, in the reader's language; "" where none is."""
    running = [job.verb for job in queue().jobs() if job.project == project and job.state == "running"]
    return next((TITLES[verb]() for verb in running if verb in STAGES or verb == "demo"), "")


def stages(project: str) -> set[str]:
    """The pages whose stage open work of the project is at."""
    found = set()
    for job in queue().jobs():
        if job.project == project and job.state == "running":
            found |= {*LIFECYCLE[job.done : job.done + 1]} if job.verb == "demo" else {STAGES.get(job.verb, "")}
    return found


def panel(go: Callable[..., None]) -> None:
    """Open work with its progress and a way to cancel it; ended work until the reader has put it away. `go` opens the
    page that its end leads to."""
    for job in _shown():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            _open(job) if job.open else _ended(job, go)


def interrupted(looked_at: str) -> None:
    """Says of the newest training that it did not finish and why, and leads to the candidates it had done."""
    found = read(workflows.interrupted_training, project())
    # There in any case: what is below must not move up a place and be drawn anew.
    place = st.container()
    if found is None:
        return
    with place.container(border=True, horizontal=True, vertical_alignment="center"):
        text = _(
            ":orange[:material/warning:] The training of {when} was interrupted. {reason} Done until then: {names}.",
            when=when(found.when),
            reason=plain(say(found.reason)),
            names=", ".join(say(item.title) for item in found.candidates) or _("nothing"),
        )
        st.markdown(text)
        if not found.candidates:
            return
        st.space("stretch")
        if found.run_id == looked_at:
            label, target = _("See the last one that finished"), None
        else:
            label, target = _("See these candidates"), found.run_id
        if st.button(label, type="tertiary", icon=":material/arrow_forward:"):
            st.query_params.pop("candidate", None)
            st.query_params.pop("run", None)
            st.query_params.update({"run": target} if target else {})
            st.rerun()


def signature() -> tuple[tuple[int, str, int], ...]:
    """Changes when the rest of a page has become old: a job has started or ended, or the lifecycle is a stage on."""
    return tuple((job.id, job.state, job.done if job.verb == "demo" else 0) for job in queue().jobs())


def _shown() -> list[Job]:
    # Of ended work only the newest is news, and none that had ended before this reader came.
    known = queue().jobs()
    last_seen = st.session_state.setdefault("last_seen", max((job.id for job in known if not job.open), default=0))
    ended = [job for job in known if not job.open and job.id > last_seen]
    return [job for job in known if job.open] + ended[:1]


def _put_away(number: int) -> None:
    st.session_state["last_seen"] = number


def _open(job: Job) -> None:
    st.progress(job.done / max(job.total, 1), text=_how_far(job))
    with st.popover(_("Cancel"), icon=":material/close:", key=f"cancel-{job.id}"):
        st.markdown(LOST[job.verb]() if job.state == "running" else _("It has not begun: nothing is lost."))
        label = _("End it now")
        st.button(label, icon=":material/stop_circle:", key=f"end-{job.id}", on_click=queue().cancel, args=(job.id,))


def _how_far(job: Job) -> str:
    title, what = TITLES[job.verb](), say(literal(job.what))
    if job.verb in COUNTED:
        return _("**{title}** · {what}", title=title, what=what)
    return _(
        "**{title}** · {done:,} of {total:,} steps done · {what}",
        title=title,
        what=what,
        done=job.done,
        total=job.total,
    )


def _ended(job: Job, go: Callable[..., None]) -> None:
    title, found = TITLES[job.verb](), None
    if job.error:
        problem, hint = job.error
        st.markdown(f":red[:material/error:] **{title}** · {say(literal(problem))} {say(literal(hint))}")
    elif job.state == "cancelled" and job.verb == "retrain":
        st.markdown(_(":gray[:material/cancel:] **{title}** was cancelled. Nothing was registered.", title=title))
    elif job.state == "cancelled":
        st.markdown(_(":gray[:material/cancel:] **{title}** was cancelled. What was finished is kept.", title=title))
    elif job.verb == "retrain":
        found = read(workflows.retrained, job.result)
        done = _(":green[:material/check_circle:] **{title}** is done.", title=title)
        st.markdown(f"{done} {say(found.outcome)}")
    else:
        st.markdown(_(":green[:material/check_circle:] **{title}** is done.", title=title))
    st.space("stretch")
    if found and st.button(_("See the comparison"), icon=":material/balance:"):
        _put_away(job.id)
        # Once promoted it is the champion, and the comparison is that with the version before.
        version = found.champion if found.promoted else found.challenger
        go("model_registry", project=job.project, version=str(version))
    st.button(_("Close"), key=f"close-{job.id}", on_click=_put_away, args=(job.id,), type="tertiary")
