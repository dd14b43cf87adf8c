"""Train: candidates, their comparison, and the choice with its reason."""

import streamlit as st

from core import workflows
from core.algorithms import ALGORITHMS, names
from core.charts import comparison, curves
from core.evaluation import calibration
from core.training import PRESETS
from pages.parts import verdict, work
from pages.parts.frame import card, folded, go, head, page
from pages.parts.picture import picture
from pages.parts.reads import read, read_or_none
from pages.parts.state import _, chosen, number, say, when

FIGURES = ("log_loss", "skill", "roc_auc", "f1", "accuracy", "precision", "recall", "brier")


def start(project: str) -> None:
    """What to train with, and the button."""
    with st.popover(_("Settings"), icon=":material/tune:"):
        presets = {key: say(words) for key, (words, __) in PRESETS.items()}
        st.selectbox(_("Candidates"), list(presets), format_func=presets.get, key="preset")
        every = {name: say(workflows.candidate_title(name)) for key in ALGORITHMS for name in names(key)}
        st.multiselect(
            _("Or these"), list(every), format_func=every.get, key="candidates", placeholder=_("those of the preset")
        )
        metrics = {"log_loss": _("Log loss"), "roc_auc": _("AUC"), "f1": _("F1")}
        st.selectbox(_("Tuning optimises"), list(metrics), format_func=metrics.get, key="metric")
        st.number_input(_("Time budget in seconds, 0 for none"), 0, 86_400, 0, 30, key="budget")
        st.number_input(_("Folds"), 2, 50, 10, key="folds", help=_("Cross-validation on the training rows."))
        st.number_input(_("Tuning iterations"), 1, 500, 10, key="iterations", help=_("Random search per algorithm."))
        st.number_input(_("Seed"), 0, 2**31 - 1, 10, key="seed")
    if st.button(_("Train"), type="primary", icon=":material/play_arrow:", shortcut="T"):
        numbers = {"folds": 10, "iterations": 10, "seed": 10, "budget": 0}
        wanted = {name: int(st.session_state.get(name, usual)) for name, usual in numbers.items()}
        wanted |= {
            name: st.session_state[name] for name in ("preset", "metric", "candidates") if name in st.session_state
        }
        work.start("train", **wanted)
        st.rerun()


def candidates(trained: workflows.Trained) -> workflows.TrainedCandidate:
    """All candidates in one picture and one table; returns the one looked at."""
    names = {item.name: say(item.title) for item in trained.candidates}
    with card(_("Cross-validated log loss"), _("lower is better")):
        best = trained.candidate()
        alt = _("{name} is best with {loss:.4f}.", name=names[best.name], loss=best.cv_log_loss_mean)
        picture(
            comparison.candidates,
            list(names.values()),
            [item.cv_log_loss_mean for item in trained.candidates],
            trained.constant_log_loss,
            names[trained.recommended],
            alt=alt,
            key="candidates-drawn",
        )
        asked = chosen("candidate")
        start_at = list(names).index(asked) if asked in names else list(names).index(trained.recommended)
        picked = st.selectbox(_("Look at"), list(names), index=start_at, format_func=names.get, key="candidate-picked")
        if picked != asked:
            st.query_params["candidate"] = picked
    return trained.candidate(picked)


def curve_cards(candidate: workflows.TrainedCandidate, target: str) -> None:
    """How the candidate does on the untouched test split."""
    rows = read(workflows.candidate_rows, candidate.run_id)
    truth, probability = rows[target].to_numpy(), rows["probability"].to_numpy()
    name = say(candidate.title)
    left, right = st.columns(2)
    with left, card(_("Reliability on test"), _("on the diagonal it keeps its word")):
        found = calibration(truth, probability)
        curve = curves.Curve(name, found.predicted, found.observed, "current", found.count)
        gaps = [abs(said - seen) for said, seen in zip(found.predicted, found.observed, strict=True)]
        alt = _("The largest gap between predicted and observed is {gap:.1%}.", gap=max(gaps))
        picture(curves.reliability, [curve], alt=alt, key="reliability")
    with right, card(_("Scores by outcome on test")):
        auc = number(candidate.test_roc_auc, ".3f")
        picture(
            curves.scores,
            probability[truth == 1],
            probability[truth == 0],
            positive_label=_("positive"),
            negative_label=_("negative"),
            height=258,
            alt=_("The classes separate with an AUC of {auc}.", auc=auc),
            key="scores",
        )


def table(trained: workflows.Trained) -> None:
    """Every figure of every candidate."""
    box = folded(_("Every figure"), key="every-figure")
    if not box.open:
        return
    rows = [
        {
            _("Candidate"): say(item.title),
            **{f"{figure} (test)": item.metrics.get(f"test_{figure}") for figure in FIGURES},
            **{f"{figure} (cv)": item.metrics.get(f"cv_{figure}_mean") for figure in FIGURES},
        }
        for item in trained.candidates
    ]
    config = {name: st.column_config.NumberColumn(format="%.4f") for name in rows[0] if name != _("Candidate")}
    box.dataframe(rows, hide_index=True, column_config=config)


def measures(candidate: workflows.TrainedCandidate) -> None:
    """The figures of the candidate on the test split."""
    found = candidate.metrics
    row = st.grid(4, min_column_width=130)
    row.metric(_("Log loss on test"), number(candidate.test_log_loss, ".4f"), border=True)
    row.metric(_("Skill on test"), number(found["test_skill"], "+.1%"), border=True, help=verdict.skill_help())
    row.metric(_("AUC on test"), number(candidate.test_roc_auc, ".3f"), border=True)
    row.metric(_("F1 at 0.5"), number(candidate.test_f1, ".3f"), border=True)


def register(project: str, trained: workflows.Trained, candidate: workflows.TrainedCandidate) -> None:
    """Makes the candidate a version."""
    known = {item.run_id: item.version for item in read(workflows.versions, project)}
    if candidate.run_id in known:
        label = _("Registered as version {version}", version=known[candidate.run_id])
        if st.button(label, icon=":material/workspace_premium:"):
            go("model_registry")
    elif st.button(_("Register this candidate"), icon=":material/workspace_premium:"):
        with st.spinner(_("Checking and registering")):
            workflows.register(project, candidate.name, training_run=trained.run_id)
        st.rerun()


with page("training") as project:
    run = chosen("run")
    work.interrupted(run)
    trained = read(workflows.trained, run) if run else read_or_none(workflows.latest_trained, project)
    if trained is None:
        read(workflows.latest_prepared, project)
        actions = head(
            _("No candidates yet"), _("Logistic regression and decision tree, each plain and tuned, on ten folds.")
        )
        with actions:
            start(project)
    else:
        best = trained.candidate()
        actions = head(_("The {name} does best", name=say(best.title)), say(trained.reason))
        with actions:
            start(project)
        left, right = st.columns([1, 1.6])
        with left:
            candidate = candidates(trained)
            register(project, trained, candidate)
        with right:
            measures(candidate)
            curve_cards(candidate, read(workflows.project_contract, project).target)
        for failure in trained.failures:
            name = say(workflows.candidate_title(failure.name))
            st.markdown(f":orange[:material/warning:] **{name}**: {say(failure.reason)}")
        table(trained)
        facts = {"seconds": trained.seconds, "when": when(trained.when), "run": trained.run_id}
        st.caption(_("Trained in {seconds:.0f} s · {when} · run `{run}`", **facts))
