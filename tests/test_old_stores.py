"""What Courtside 0.1.0 stored can still be read, shown and worked with: see `tests/fixtures/make_store.py`."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import workflows
from core.metrics.thresholds import Rule
from core.shell.cli import cli
from core.store import settings, tracking
from core.training.recommendation import Choice
from pages.parts import work
from tests.copies import OLD, copied
from tests.loans import loans

PROJECT = "loans"


@pytest.fixture(scope="module")
def shared_home(old_store, tmp_path_factory) -> Path:
    return copied(old_store, tmp_path_factory.mktemp("shared"))


@pytest.fixture
def reading(shared_home, monkeypatch) -> Path:
    """One copy for all tests that only read."""
    monkeypatch.setenv("COURTSIDE_HOME", str(shared_home))
    return shared_home


def preparation() -> str:
    """The preparation that the file became."""
    return workflows.trained(training()).preparation_run


def training() -> str:
    """The finished training that a person chose from."""
    return workflows.versions(PROJECT)[-1].tags["training_run"]


def candidate() -> str:
    return workflows.versions(PROJECT)[-1].run_id


def batches() -> list[str]:
    """Both scoring runs, the one with late labels first."""
    return [run.run_id for run in reversed(tracking.runs(settings.load(), PROJECT, "PipelineAplicacao"))]


def assessments() -> list[str]:
    return [run.run_id for run in reversed(tracking.runs(settings.load(), PROJECT, "Monitoramento"))]


def retraining() -> str:
    return tracking.runs(settings.load(), PROJECT, "Retreinamento")[0].run_id


def case() -> dict[str, float | str]:
    return workflows.usual_case(PROJECT)


def check_links() -> None:
    replay = workflows.latest_replayed(PROJECT).run_id
    runs = {"preparation": preparation(), "training": training(), "batch": batches()[1], "replay": replay}
    for kind, run in runs.items():
        workflows.check_link(PROJECT, run, kind)


def table() -> str:
    """The training table in the workspace."""
    return str(next((settings.load().raw).glob("loans-*.csv")))


LANGUAGES = ("en", "pt_BR")
READS: dict[str, Callable[[], object]] = {
    "alert": lambda: workflows.alert(assessments()[1]),
    "alert_channels": lambda: workflows.alert_channels(),
    "batch_labels": lambda: [workflows.batch_labels(run) for run in batches()],
    "before_and_now": lambda: [workflows.before_and_now(run) for run in assessments()],
    "can_roll_back": lambda: workflows.can_roll_back(PROJECT),
    "candidate_probability": lambda: workflows.candidate_probability(candidate(), workflows.drawn_rows(preparation())),
    "candidate_rows": lambda: workflows.candidate_rows(candidate()),
    "candidate_title": lambda: workflows.candidate_title("dt_tuned"),
    "card": lambda: [workflows.card(PROJECT, number) for number in (1, 2, 3)],
    "champion": lambda: workflows.champion(PROJECT),
    "champion_average": lambda: workflows.champion_average(PROJECT),
    "champion_training_rows": lambda: workflows.champion_training_rows(PROJECT),
    "changes": lambda: workflows.changes(PROJECT),
    "changes_csv": lambda: workflows.changes_csv(PROJECT),
    "check_link": lambda: check_links(),
    "check_table": lambda: workflows.check_table(PROJECT, table()),
    "compare": lambda: [workflows.compare(PROJECT, number) for number in (2, 3)],
    "data_sources": lambda: workflows.data_sources(PROJECT),
    "decision": lambda: [workflows.decision(run) for run in assessments()],
    "deliveries": lambda: workflows.deliveries(PROJECT),
    "dependence": lambda: workflows.dependence(candidate(), "income"),
    "download": lambda: [workflows.download(run, kind) for run in batches() for kind in workflows.downloadable(run)],
    "downloadable": lambda: [workflows.downloadable(run) for run in batches()],
    "drawn_rows": lambda: workflows.drawn_rows(preparation()),
    "earlier": lambda: workflows.earlier(PROJECT, workflows.scored(batches()[0]).output.as_posix()),
    "explain": lambda: workflows.explain(PROJECT, case()),
    "first_rows": lambda: workflows.first_rows(preparation()),
    "fold_losses": lambda: workflows.fold_losses(candidate()),
    "gate_misses": lambda: workflows.gate_misses(PROJECT, "dt", training()),
    "history": lambda: workflows.history(PROJECT, 1000),
    "importance": lambda: workflows.importance(candidate()),
    "importance_changes": lambda: [workflows.importance_changes(run) for run in assessments()],
    "interrupted_training": lambda: workflows.interrupted_training(PROJECT),
    "is_large": lambda: workflows.is_large(PROJECT, table()),
    "is_long": lambda: workflows.is_long(PROJECT, table()),
    "kept_policies": lambda: workflows.kept_policies(PROJECT),
    "known_categories": lambda: workflows.known_categories(PROJECT),
    "labelled": lambda: [workflows.labelled(run) for run in batches()],
    "labelled_batches": lambda: workflows.labelled_batches(PROJECT),
    "latest_monitored": lambda: [workflows.latest_monitored(PROJECT, run) for run in ("", *batches())],
    "latest_prepared": lambda: workflows.latest_prepared(PROJECT),
    "latest_replayed": lambda: workflows.latest_replayed(PROJECT),
    "latest_scored": lambda: workflows.latest_scored(PROJECT),
    "latest_trained": lambda: workflows.latest_trained(PROJECT),
    "learned": lambda: workflows.learned(candidate()),
    "lineage": lambda: [workflows.lineage(PROJECT, number) for number in (1, 2, 3)],
    "lineage_of": lambda: [workflows.lineage_of(run) for run in (candidate(), *batches(), *assessments())],
    "missed": lambda: [workflows.missed(version) for version in workflows.versions(PROJECT)],
    "monitored": lambda: [workflows.monitored(run) for run in assessments()],
    "nearest_policy": lambda: workflows.nearest_policy(workflows.latest_replayed(PROJECT).run_id, "every"),
    "next_step": lambda: workflows.next_step(workflows.status(PROJECT)),
    "out_of_fold": lambda: workflows.out_of_fold(candidate()),
    "outcome": lambda: [workflows.outcome(one) for one in workflows.deliveries(PROJECT)],
    "over_batches": lambda: workflows.over_batches(PROJECT),
    "over_time": lambda: [workflows.over_time(run) for run in batches()],
    "policy": lambda: workflows.policy(PROJECT),
    "policy_of": lambda: [workflows.policy_of(run) for run in assessments()],
    "policy_preview": lambda: workflows.policy_preview(PROJECT, workflows.policy(PROJECT).policy),
    "predict": lambda: workflows.predict(PROJECT, pd.DataFrame([case()])),
    "prepared": lambda: [workflows.prepared(run) for run in (preparation(), retrained_preparation())],
    "preview": lambda: workflows.preview(PROJECT, table()),
    "production_skill": lambda: workflows.production_skill(PROJECT),
    "project_contract": lambda: workflows.project_contract(PROJECT),
    "projects": lambda: workflows.projects(),
    "reference": lambda: [workflows.reference(version) for version in workflows.versions(PROJECT)],
    "rejected": lambda: workflows.rejected(preparation()),
    "replayed": lambda: workflows.replayed(workflows.latest_replayed(PROJECT).run_id),
    "report": lambda: [workflows.report(run) for run in assessments()],
    "report_page": lambda: [workflows.report_page(run, language) for run in assessments() for language in LANGUAGES],
    "retrained": lambda: workflows.retrained(retraining()),
    "retraining_plan": lambda: workflows.retraining_plan(PROJECT),
    "rows_to_label": lambda: workflows.rows_to_label(assessments()[0]),
    "scored": lambda: [workflows.scored(run) for run in batches()],
    "scored_rows": lambda: [workflows.scored_rows(run) for run in batches()],
    "share_study": lambda: workflows.share_study(preparation()),
    "split_of": lambda: [workflows.split_of(run) for run in (preparation(), retrained_preparation())],
    "status": lambda: workflows.status(PROJECT),
    "store_state": lambda: workflows.store_state(),
    "table_columns": lambda: workflows.table_columns(table()),
    "table_link": lambda: workflows.table_link(table()),
    "table_profile": lambda: workflows.table_profile(preparation()),
    "target_values": lambda: workflows.target_values(table(), "default?"),
    "threshold_study": lambda: workflows.threshold_study(candidate(), Rule("f1")),
    "train_and_test": lambda: workflows.train_and_test(preparation()),
    "trained": lambda: [workflows.trained(run.run_id) for run in trainings()],
    "unlabelled": lambda: [workflows.unlabelled(run) for run in assessments()],
    "usual_case": lambda: workflows.usual_case(PROJECT),
    "version_metrics": lambda: workflows.version_metrics(workflows.versions(PROJECT)),
    "versions": lambda: workflows.versions(PROJECT),
    "why_despite": lambda: [workflows.why_despite(version) for version in workflows.versions(PROJECT)],
    "windows": lambda: [workflows.windows(run) for run in batches()],
    "worst_slices": lambda: [workflows.worst_slices(run) for run in batches()],
}
"""Every workflow that reads, called on what the old version wrote."""
WRITES = {
    "add_labels",
    "choose",
    "close_interrupted",
    "create_project",
    "deliver_alert",
    "demo",
    "edit_contract",
    "keep_policy",
    "learning_curve",
    "monitor",
    "prepare",
    "promote",
    "register",
    "replay",
    "retrain",
    "rollback",
    "score",
    "take_policy",
    "train",
    "upload",
}


def retrained_preparation() -> str:
    return workflows.versions(PROJECT)[0].tags["preparation_run"]


def trainings() -> list:
    """The cancelled training, the one that a person chose from, and that of the retraining."""
    return list(reversed(tracking.runs(settings.load(), PROJECT, "Treinamento", finished=False)))


def test_the_archive_is_small_and_every_workflow_is_tried_on_it():
    assert OLD.stat().st_size < 2**20
    exported = {name for name, value in vars(workflows).items() if inspect.isroutine(value) and not name[0].isupper()}
    assert exported == set(READS) | WRITES


@pytest.mark.parametrize("name", READS)
def test_every_workflow_reads_what_the_old_version_wrote(reading, name):
    READS[name]()


def test_what_was_decided_then_says_the_same_now(reading):
    prepared = workflows.prepared(preparation())
    assert (prepared.rows_raw, prepared.rows_rejected, prepared.rows_train, prepared.rows_test) == (903, 3, 702, 176)
    assert prepared.features[:3] == ("birth date", "grade [A-D]", "finalité")
    assert (prepared.strategy, prepared.seed, prepared.repeats) == ("stratified", 10, "keep")
    rows, violations = workflows.rejected(preparation())
    assert len(rows) == 3
    assert str(violations[0]) == "in 3 rows loan id is that of an earlier row"
    cancelled, done, again = (workflows.trained(run.run_id) for run in trainings())
    assert [len(one.candidates) for one in (cancelled, done, again)] == [2, 3, 1]
    assert (cancelled.finished, done.finished) == (False, True)
    assert done.choice.candidate == "lr"
    assert (done.choice.rule.aim, done.choice.who) == ("f1", "Ana")
    assert workflows.learned(candidate()).rows
    first, second, third = reversed(workflows.versions(PROJECT))
    assert (first.alias, second.alias, third.alias) == ("champion", "", "challenger")
    assert first.threshold == done.choice.threshold
    assert workflows.why_despite(second) == "To see what a tree makes of it."
    assert len(workflows.missed(second)) == 2
    assert "Made by retraining on april" in str(workflows.why_despite(third))
    back, forth, begun = workflows.changes(PROJECT)
    assert (back.kind, back.before, back.after, back.who) == ("Reversao", 2, 1, "Bruno")
    assert (forth.kind, forth.before, forth.after, forth.who, forth.guard) == ("Promocao", 1, 2, "Ana", "against")
    assert forth.reason == "The tree is easier to explain — let's see."
    assert (begun.before, begun.after, begun.who, begun.threshold_before) == (0, 1, "ana", None)


def test_what_was_found_then_says_the_same_now(reading):
    march, april = map(workflows.scored, batches())
    assert (march.rows, march.rows_labelled, april.rows, april.rows_labelled) == (300, 200, 400, 400)
    assert april.output.is_dir()
    joined = workflows.labelled(march.run_id)
    assert (joined.added, joined.confirmed, len(joined.unused)) == (200, 0, 1)
    healthy, stop = map(workflows.monitored, assessments())
    assert (healthy.assessment.level, stop.assessment.level) == ("healthy", "stop")
    assert stop.asked_by == ("verdict", "policy")
    assert {item.feature for item in stop.assessment.drift if item.drifted} >= {"income", "rate %"}
    assert workflows.decision(stop.run_id).trigger == "reactive"
    assert workflows.unlabelled(stop.run_id).separation.auc.value > 0.8
    newest, before = workflows.kept_policies(PROJECT)
    assert (newest.number, newest.policy.rows, newest.policy.days) == (2, 100_000, 90)
    assert (before.number, before.policy.rows, before.who) == (1, None, "Ana")
    assert [one.state for one in workflows.deliveries(PROJECT)] == ["delivered", "failed"]
    assert str(workflows.deliveries(PROJECT)[1].failure) == "it answered 500"
    made = workflows.retrained(retraining())
    assert (made.champion, made.challenger, made.trigger, made.promoted) == (1, 3, "reactive", False)
    assert made.comparison.known
    replayed = workflows.latest_replayed(PROJECT)
    assert (replayed.by, replayed.every, replayed.replay.advised) == ("year", 2, "never")
    assert next(course.strategy.key for course in replayed.replay.courses) == "never"


def said(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code of a verb, and what it printed."""
    capfd.readouterr()
    try:
        cli.main([*arguments, "--project", PROJECT], prog_name="core")
    except SystemExit as ended:
        return int(ended.code or 0), capfd.readouterr().out
    raise AssertionError("a verb ends by itself")


VERBS = {
    "alerts": "",
    "card": "--to card.html",
    "card in words": "--version 2 --to card.md --language pt_BR",
    "contract check": "TABLE",
    "contract show": "",
    "lineage": "--version 3",
    "policy": "",
    "policy looked at ahead": "--preview --days 10",
    "report": "--to report.html",
    "report in words": "--to report.md --language pt_BR",
    "retrain": "--plan",
    "sources": "",
    "status": "",
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("form", ["--json", ""])
def test_every_verb_that_reads_reads_it(reading, capfd, monkeypatch, tmp_path, verb, form):
    monkeypatch.chdir(tmp_path)
    words = verb.split()[: 2 if verb.startswith("contract") else 1]
    arguments = VERBS[verb].replace("TABLE", table()).split()
    code, printed = said(capfd, *words, *arguments, *filter(None, [form]))
    assert code == 0
    assert json.loads(printed) if form else printed.strip()


def test_every_verb_is_tried():
    tried = {verb.split()[0] for verb in VERBS}
    acting = {"demo", "labels", "monitor", "prepare", "promote", "register", "replay", "rollback", "score", "train"}
    assert set(cli.commands) == tried | acting


VIEWS = {
    "Home.py": [("", [""])],
    "pages/data_preparation.py": [("show", ["split", "columns", "share", "contract"])],
    "pages/training.py": [("show", ["calibration", "ranking", "threshold", "features", "stability"])],
    "pages/model_registry.py": [("metric", ["skill", "log_loss", "roc_auc", "brier", "f1", "ece"])],
    "pages/production_scoring.py": [("view", ["batch", "single"])],
    "pages/monitoring.py": [
        ("show", ["changes", "performance", "slices", "importance", "labels", "policy", "replay"]),
    ],
}
"""Every page, and the views that its link can ask for."""


@pytest.fixture
def closed_queue():
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    work.queue().close()
    st.cache_resource.clear()


def opened(page: str, **choices: str) -> AppTest:
    test = AppTest.from_file(str(settings.HOUSE / "Home.py"), default_timeout=120)
    if page != "Home.py":
        test.switch_page(page)
    for key, value in {"project": PROJECT, "lang": "en", **choices}.items():
        test.query_params[key] = value
    return test.run()


STORED_WORDS = ("pages/model_registry.py", "pages/monitoring.py")
"""Pages that say sentences which runs and versions keep."""


@pytest.mark.parametrize(
    ("page", "language"), [*((page, "en") for page in VIEWS), *((page, "pt_BR") for page in STORED_WORDS)]
)
def test_every_page_shows_every_view_of_it(reading, closed_queue, page, language):
    linked = {"pages/training.py": {"run": training()}, "pages/model_registry.py": {"version": "2"}}
    for key, names in VIEWS[page]:
        for name in names:
            choices = {key: name} if key else {}
            test = opened(page, lang=language, **choices, **linked.get(page, {}))
            assert not test.exception
            assert not [item.value for item in test.error]
            shown = [len(item.options) for item in test.get("button_group")]
            assert not key or len(names) in shown


def test_a_batch_that_is_not_the_newest_is_shown_with_its_verdict(reading, closed_queue):
    for page in ("pages/production_scoring.py", "pages/monitoring.py"):
        test = opened(page, batch=batches()[0])
        assert not test.exception
        assert not test.error


def test_a_version_is_promoted_rolled_back_and_remembered(old_home):
    assert workflows.promote(PROJECT, 3, reason="Newer").alias == "champion"
    assert workflows.changes(PROJECT)[0].before == 1
    assert workflows.rollback(PROJECT).version == 1
    assert [item.kind for item in workflows.changes(PROJECT)][:2] == ["Reversao", "Promocao"]


def test_an_old_version_scores_is_assessed_and_retrained(old_home, tmp_path):
    loans(300, 9).to_csv(tmp_path / "may.csv", index=False)
    scored = workflows.score(PROJECT, str(tmp_path / "may.csv"))
    assert (scored.version, scored.rows) == (1, 300)
    found = workflows.monitor(PROJECT)
    assert found.scoring_run == scored.run_id
    assert workflows.over_batches(PROJECT).versions == (1, 1, 1)
    made = workflows.retrain(PROJECT, [scored.run_id, *batches()[:2]], candidates=["lr"], folds=3, iterations=1)
    assert (made.champion, made.challenger) == (1, 4)
    assert "april" in made.batch
    assert workflows.lineage(PROJECT, 4).nodes


def test_an_old_project_is_prepared_trained_registered_and_replayed_anew(old_home):
    prepared = workflows.prepare(PROJECT, table())
    assert prepared.fingerprint == workflows.prepared(preparation()).fingerprint
    trained = workflows.train(PROJECT, candidates=["lr"], folds=3, iterations=1)
    workflows.choose(trained.run_id, Choice("lr", why="Again"))
    workflows.learning_curve(PROJECT, trained.candidate("lr").run_id)
    assert workflows.register(PROJECT, "lr").version == 4
    assert workflows.replay(PROJECT, by="rows", rows=200, first=2).replay.courses
    assert workflows.take_policy(workflows.latest_replayed(PROJECT).run_id, "reactive").number == 3


def test_old_batches_take_labels_and_old_alerts_are_not_sent_twice(old_home, tmp_path):
    loans(300, 2).to_csv(tmp_path / "outcomes.csv", index=False)
    joined = workflows.add_labels(PROJECT, str(tmp_path / "outcomes.csv"), scoring_run=batches()[0])
    assert (joined.added, joined.confirmed) == (100, 200)
    assert workflows.alert(assessments()[1]).due == ()
    assert workflows.close_interrupted() == []
    assert workflows.edit_contract(PROJECT, workflows.project_contract(PROJECT).features).name == PROJECT


def test_a_cancelled_training_is_told_of_while_it_is_the_newest(reading):
    assert workflows.interrupted_training(PROJECT) is None
    cancelled = trainings()[0]
    assert cancelled.status == "KILLED"
    assert cancelled.ended - cancelled.started < timedelta(minutes=5)
    assert [one.name for one in workflows.trained(cancelled.run_id).candidates] == ["lr", "dt"]
