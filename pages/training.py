"""Train: candidates, their comparison, and the choice with its reason."""

import streamlit as st

from core import workflows
from core.charts import comparison
from core.metrics import recorded
from core.metrics.registry import METRICS, listed
from core.training.recommendation import Choice, compared
from pages.parts import lineage, work
from pages.parts.figures import between, label, measured, written
from pages.parts.frame import card, folded, go, head, page
from pages.parts.picture import picture
from pages.parts.reads import linked, read, read_or_none
from pages.parts.state import _, chosen, say, when
from pages.parts.table import table
from pages.parts.train import evidence, settings, threshold


def candidates(trained: workflows.Trained) -> workflows.TrainedCandidate:
    """All candidates in one picture; returns the one looked at."""
    names = {item.name: say(item.title) for item in trained.candidates}
    with card(_("Log loss on rows left out of each fold"), _("lower is better")):
        best = trained.candidate()
        loss = written(METRICS["log_loss"], best.cv_log_loss_mean)
        alt = _("{name} is recommended, with {loss}.", name=names[best.name], loss=loss)
        picture(
            comparison.candidates,
            list(names.values()),
            [item.cv_log_loss_mean for item in trained.candidates],
            trained.constant_log_loss,
            names[trained.recommended],
            alt=alt,
            key="candidates-drawn",
            fill="stretch",
        )
        asked = chosen("candidate")
        start_at = list(names).index(asked if asked in names else trained.recommended)
        picked = st.selectbox(
            _("Look at"), list(names), index=start_at, format_func=names.__getitem__, key="candidate-picked"
        )
        if picked != asked:
            st.query_params["candidate"] = picked
        difference = trained.recommendation.differences.get(picked)
        if difference:
            st.caption(say(compared(trained.recommended, picked, difference)))
    return trained.candidate(picked)


def measures(candidate: workflows.TrainedCandidate) -> None:
    """The figures of the candidate on the test split, each with its 95 % interval."""
    row = st.grid(4, min_column_width=150)
    for metric in listed("candidate"):
        named = _("{metric} on test", metric=label(metric))
        measured(row, metric, recorded.with_bounds(candidate.metrics, metric.key), title=named, border=True)


def decide(project: str, trained: workflows.Trained, candidate: workflows.TrainedCandidate) -> None:
    """The person's choice, with its threshold and words; registering keeps it."""
    known = {item.run_id: item.version for item in read(workflows.versions, project)}
    with card(_("Your choice"), say(candidate.title), height="content"):
        if candidate.run_id in known:
            if trained.choice and trained.choice.candidate == candidate.name:
                threshold.told(trained.choice.threshold, trained.choice.rule)
                st.caption(trained.choice.why)
            label = _("Registered as version {version}", version=known[candidate.run_id])
            if st.button(label, icon=":material/workspace_premium:"):
                go("model_registry")
            return
        value, rule = threshold.asked()
        threshold.told(value, rule)
        why = st.text_input(_("Why this one"), max_chars=300, placeholder=_("kept with the run"), key="why")
        if st.button(_("Register this candidate"), icon=":material/workspace_premium:", shortcut="E"):
            with st.spinner(_("Checking and registering")):
                workflows.choose(trained.run_id, Choice(candidate.name, value, rule, why))
                workflows.register(project, candidate.name, training_run=trained.run_id, threshold=value, reason=why)
            st.rerun()


def every_figure(project: str, trained: workflows.Trained) -> None:
    """Every figure of every candidate."""
    box = folded(_("Every figure"), key="every-figure")
    if not box.open:
        return
    rows: list[dict[str, object]] = [{_("Candidate"): say(item.title)} for item in trained.candidates]
    config, specs = {}, {}
    for key, metric in METRICS.items():
        figure = label(metric)
        on_test, interval = _("{figure}, test", figure=figure), _("{figure}, test, 95 %", figure=figure)
        on_folds = _("{figure}, folds", figure=figure)
        for row, item in zip(rows, trained.candidates, strict=True):
            row[on_test], low, high = recorded.with_bounds(item.metrics, key)
            row[interval] = between(metric, low, high)
            row[on_folds] = item.metrics.get(recorded.on_folds(key))
        for column in (on_test, on_folds):
            config[column], specs[column] = st.column_config.NumberColumn(help=say(metric.meaning)), metric.spec
    with box:
        table(rows, name=f"{project}_candidates", key="candidates", specs=specs, config=config)


with page("training") as project:
    run = linked("run", "training")
    work.interrupted(run)
    trained = read(workflows.trained, run) if run else read_or_none(workflows.latest_trained, project)
    if trained is None:
        read(workflows.latest_prepared, project)
        actions = head(
            _("No candidates yet"),
            _(
                "Logistic regression and decision tree, each plain and tuned, on {folds} folds.",
                folds=settings.NUMBERS["folds"],
            ),
        )
        with actions:
            settings.start()
    else:
        best = trained.candidate()
        said = [say(item) for item in (trained.reason, trained.recommendation.warning) if item]
        actions = head(_("The {name} is recommended", name=say(best.title)), " ".join(said))
        with actions:
            settings.start(trained)
        left, right = st.columns([1, 1.6])
        with left:
            candidate = candidates(trained)
            decide(project, trained, candidate)
        with right:
            measures(candidate)
            evidence.show(project, trained, candidate)
        for failure in trained.failures:
            name = say(workflows.candidate_title(failure.name))
            st.markdown(f":orange[:material/warning:] **{name}**: {say(failure.reason)}")
        every_figure(project, trained)
        lineage.of_run(candidate.run_id, f"{project}_{candidate.name}")
        facts = {"seconds": trained.seconds, "when": when(trained.when), "run": trained.run_id}
        st.caption(_("Trained in {seconds:.0f} s · {when} · run {run}", **facts))
