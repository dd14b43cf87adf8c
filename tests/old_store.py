"""The project that Courtside 0.1.0 left in `tests/fixtures/store_0_1_0.tar.xz`, and every workflow that reads it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from core import workflows
from core.metrics.thresholds import Rule
from core.store import settings, tracking

PROJECT = "loans"


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
    "table_link": lambda: workflows.table_link(table()),
    "table_columns": lambda: workflows.table_columns(table()),
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
