"""The run schema: every name by which something is written into MLflow and read back.

What a name says may be added to; a name that was written once keeps its meaning, for runs are read for years. What the
store writes of its own accord (who owns a run, why it ended, which versions were champions) is named in `core.store`,
and the settings of a split, of a policy and of an estimator are recorded under their own names.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from core.store import limits, registry
from core.text.messages import message

CANCELLED = message("It was cancelled.")
"""Reason for which a run ends early."""
CANDIDATE_RUN = "a candidate, inside Treinamento"
ANY_RUN = "any run"
"""Whose artifacts some are: the run of a candidate is named after it."""


class _Name(StrEnum):
    """A name and in one line what it means."""

    meaning: str

    def __new__(cls, name: str, meaning: str) -> Self:
        made = str.__new__(cls, name)
        made._value_, made.meaning = name, meaning
        return made


class RunName(_Name):
    """The kinds of run. A candidate's run, inside a training, is named after the candidate."""

    PREPARATION = "PreparacaoDados", "a file became checked rows, split into train and test"
    TRAINING = "Treinamento", "candidates were trained and one recommended"
    PROMOTION = "Promocao", "a version became the champion"
    ROLLBACK = "Reversao", "the champion before became the champion again"
    SCORING = "PipelineAplicacao", "a version scored a batch"
    LABELS = "Rotulos", "late labels were joined to a scored batch"
    MONITORING = "Monitoramento", "a scored batch was assessed"
    POLICY = "Politica", "a retraining policy was kept"
    DELIVERY = "Entrega", "a channel was told of an alert"
    RETRAINING = "Retreinamento", "labelled batches made a challenger"
    REPLAY = "Simulacao", "retraining policies were replayed over the history"


class Tag(_Name):
    """Tags of runs: parents, and what runs are listed and found by."""

    ADVISED = "advised", "of a replay: the strategy that it advises"
    AFTER = "after", "of a promotion or roll-back: the champion since"
    ALERT = "alert", "of an assessment that asks for action: who asks, comma-separated"
    ATTEMPTS = "attempts", "of a delivery: how often it was tried"
    BASE_PREPARATION = "base_preparation", "of a retraining's preparation: the one it was added to"
    BATCH = "batch", "what the batch is called; of a retraining, the batches"
    BEFORE = "before", "of a promotion or roll-back: the champion until then, 0 for none"
    CHALLENGER = "challenger", "of a retraining: the version that it made"
    CHALLENGER_BEFORE = "challenger_before", "of a retraining: the challenger until then"
    CHAMPION = "champion", "of a retraining: the champion it began with"
    CHANNEL = "channel", "of a delivery: webhook or email"
    CONTRACT_FINGERPRINT = "contract_fingerprint", "of a preparation: its contract's"
    FAILURE = "failure", "of a delivery: why the last attempt failed, as a stored sentence"
    FINGERPRINT = "fingerprint", "of the split, of the batch's bytes, or of the file of labels"
    GUARD = "guard", "of a promotion or roll-back: whether the comparison spoke for or against it"
    LABELS = "labels", "of joined labels: the name of their file"
    LABELS_RUN = "labels_run", "of a scored batch with late labels: the run that joined the last of them"
    MODEL_VERSION = "model_version", "the version that scored, was assessed or was replayed"
    MONITORING_RUN = "monitoring_run", "of a delivery: the assessment that raised the alert"
    NUMBER = "number", "of a policy: how many were kept, itself included"
    PLACE = "place", "of a delivery: where to, as far as it may be shown"
    POLICY = "policy", "of an assessment: the rule of the policy that asks for retraining, or keep"
    POLICY_NUMBER = "policy_number", "of an assessment: the policy in force, 0 for the default"
    PREPARATION_RUN = "preparation_run", "the preparation behind a training, a version, a batch or a replay"
    PROMOTED = "promoted", "of a retraining: true where the policy promoted its version"
    REASON = "reason", "of a promotion or roll-back: why"
    RECOMMENDED = "recommended", "of a training: the recommended candidate so far"
    ROWS_LABELLED = "rows_labelled", "of an assessment: how many rows of its batch had labels"
    SCORING_RUN = "scoring_run", "the scored batch behind it; of a retraining the batches, comma-separated"
    SOURCE_SHA256 = "source_sha256", "of a preparation: the digest of its file"
    SPANS = "spans", "of a preparation with a time column: first and last time of each part, as JSON"
    THRESHOLD_AFTER = "threshold_after", "of a promotion or roll-back: the champion's threshold since"
    THRESHOLD_BEFORE = "threshold_before", "of a promotion or roll-back: the one until then"
    TRAINING_RUN = "training_run", "the training behind a version or a batch"
    TRIGGER = "trigger", "of a retraining: the rule that asked for it, or manual"
    VERDICT = "verdict", "of an assessment: its level"


class VersionTag(_Name):
    """Tags of registered versions, beside those of `core.store.registry`."""

    CANDIDATE = registry.CANDIDATE, "the candidate's name"
    COURTSIDE = "courtside_version", "the Courtside that registered it"
    GATE_MISSES = "gate_misses", "what it missed of the registration gate"
    GATE_REASON = "gate_reason", "why it was registered all the same"
    PORTABILITY = "portability_difference", "how far the stored model is from PyCaret's pipeline at most"
    PREPARATION_RUN = Tag.PREPARATION_RUN.value, Tag.PREPARATION_RUN.meaning
    RETRAINING_RUN = "retraining_run", "the retraining that made it"
    TRAINING_RUN = Tag.TRAINING_RUN.value, Tag.TRAINING_RUN.meaning
    WHO = "who", "the login name of who registered it"


class Parameter(_Name):
    """Settings of the work, as text. Those that are longer than a field of the store lie whole in an artifact."""

    ALGORITHM = "algorithm", "of a candidate: PyCaret's identifier"
    BATCHES = "batches", "of a replay: whether labelled batches joined"
    BUDGET = "budget", "of a training: seconds after which no candidate was begun, 0 for none"
    BY = "by", "of a replay: what a window is"
    CANDIDATES = "candidates", "of a training or retraining: the candidates asked for"
    EVERY = "every", "of a replay: after how many windows one strategy retrains"
    FEATURES = "features", "of a preparation: the names of its features"
    FIRST = "first", "of a replay: windows that train the first model"
    FOLDS = "folds", "of a training: cross-validation folds"
    ITERATIONS = "iterations", "of a training: settings tried of each tuned candidate"
    MEMORY = "memory", "of a replay: windows that a retraining learns from, 0 for all"
    METRIC = "metric", "of a training: what tuning optimised"
    MODEL_VERSION = "model_version", "of a scored batch: the version"
    REFERENCE_ROWS = "reference_rows", "of an assessment: rows that the batch was compared with"
    REPEATS = "repeats", "of a preparation: keep or drop rows that repeat an earlier one"
    ROWS = "rows", "of a replay: rows of a window; of a retraining: which production rows"
    SEED = "seed", "the seed of whatever was drawn"
    SOURCE = "source", "the path or URI of the (first) file"
    STEP = "step", "of a replay: every so-manieth row of the history was replayed"
    STRATEGY = "strategy", "of a preparation: how it was split"
    TEST_SHARE = "test_share", "of a preparation: the share of test rows"
    THRESHOLD = "threshold", "of a scored batch: the version's threshold"
    HELD_OUT = "held_out", "of a retraining: the share of production rows kept for the comparison"
    TUNED = "tuned", "of a candidate: whether its settings were searched for"
    WEIGHT = "weight", "of a retraining: how much a production row counts"


class MetricKey(_Name):
    """Counts and figures of runs, beside the metrics of `core.metrics` under their own keys."""

    ADDED = "added", "labels that were joined"
    CONFIRMED = "confirmed", "labels that were known already"
    CONSTANT_LOG_LOSS = "constant_log_loss", "of a training: the baseline's log loss on the test rows"
    OUTSIDE_SHARE = "outside_share", "of an assessment: the share of rows outside the training distribution"
    ROWS = "rows", "rows of the batch, or of the history replayed"
    ROWS_DROPPED = "rows_dropped", "rows left out for a null"
    ROWS_IMPUTED = "rows_imputed", "rows scored with an imputed value"
    ROWS_KEPT = "rows_kept", "rows that were split"
    ROWS_LABELLED = "rows_labelled", "scored rows with a label"
    ROWS_LEARNED = "rows_learned", "labelled rows that the version was trained on"
    ROWS_OUTSIDE = "rows_outside", "rows beyond the range of training in some feature"
    ROWS_RAW = "rows_raw", "rows of the file"
    ROWS_REJECTED = "rows_rejected", "rows that the contract rejected"
    ROWS_REPEATED = "rows_repeated", "rows that repeat an earlier one"
    ROWS_SCORED = "rows_scored", "rows with a probability"
    ROWS_TEST = "rows_test", "rows of the test set"
    ROWS_TEST_OLD = (
        "rows_test_old",
        "of a retraining's preparation: the former test rows, which come first",
    )
    ROWS_TRAIN = "rows_train", "rows of the training set"
    ROWS_UNSEEN = "rows_unseen", "rows with an unseen category"
    SKILL = "skill", "of a scored batch: improvement over the baseline"
    TARGET_RATE_KEPT = "target_rate_kept", "the target rate of all rows"
    TARGET_RATE_TEST = "target_rate_test", "the target rate of the test set"
    TARGET_RATE_TRAIN = "target_rate_train", "the target rate of the training set"
    UNUSED = "unused", "labels that belong to no row of the batch"
    WINDOWS = "windows", "of a replay: how many there were"


class Artifact(_Name):
    """Files that runs keep; `run` says which runs."""

    run: str

    def __new__(cls, name: str, run: str, meaning: str) -> Self:
        made = str.__new__(cls, name)
        made._value_, made.run, made.meaning = name, run, meaning
        return made

    DATA = "data_filtered.parquet", RunName.PREPARATION, "all rows that were kept, train and test together"
    TRAIN_SET = "train_set.parquet", RunName.PREPARATION, "the training rows"
    TEST_SET = "test_set.parquet", RunName.PREPARATION, "the test rows"
    TRAIN_IDENTITY = "train_identity.parquet", RunName.PREPARATION, "id, place, group and time of the training rows"
    TEST_IDENTITY = "test_identity.parquet", RunName.PREPARATION, "id, place, group and time of the test rows"
    SAMPLE = "sample.parquet", RunName.PREPARATION, "of many rows those that pictures are made of"
    REJECTED = "rejected.parquet", RunName.PREPARATION, "rejected rows, each with its reason"
    VIOLATIONS = "violations.json", RunName.PREPARATION, "what was wrong with the columns of the rejected rows"
    CONTRACT = "contract.toml", RunName.PREPARATION, "the contract it was made under"
    PROFILE = "profile.json", RunName.PREPARATION, "what there is to know of the columns"
    TRAIN_AND_TEST = "train_and_test.json", RunName.PREPARATION, "the shapes of every feature in train and test"
    EMPHASIS = "emphasis.parquet", RunName.PREPARATION, "of a retraining: how much each training row counts"
    PRODUCTION_ROWS = "production_rows.parquet", RunName.PREPARATION, "of a retraining: which production rows joined"
    RECOMMENDATION = "recommendation.json", RunName.TRAINING, "the recommended candidate, and why"
    CHOICE = "choice.json", RunName.TRAINING, "the candidate that a person took, and why"
    FAILURES = "failures.json", RunName.TRAINING, "the candidates that could not be trained, and why"
    REFERENCE = "reference.parquet", CANDIDATE_RUN, "the scored test rows"
    OUT_OF_FOLD = "out_of_fold.parquet", CANDIDATE_RUN, "the training rows' out-of-fold probabilities"
    PYCARET_CHECK = "pycaret_check.parquet", CANDIDATE_RUN, "rows with the probability of PyCaret's own pipeline"
    IMPORTANCE = "importance.json", CANDIDATE_RUN, "permutation importance on the test rows"
    LEARNING_CURVE = "learning_curve.json", CANDIDATE_RUN, "whether more rows would help"
    REFERENCE_PROFILE = "reference_profile.json", CANDIDATE_RUN, "counts of the test rows in the bins of its batches"
    REFERENCE_IMPORTANCE = "reference_importance.json", CANDIDATE_RUN, "permutation importance on held-out batches"
    CARD = "version_{version}_card_{language}.{ending}", CANDIDATE_RUN, "the model card of a version, as registered"
    COMPARISON = "comparison.json", "Promocao, Reversao and Retreinamento", "the version beside the champion"
    PREDICTIONS = "predictions.parquet", RunName.SCORING, "every row with its probability: a file, or a folder of them"
    SOURCES = "sources.json", RunName.SCORING, "the paths of all files of the batch"
    LATE_LABELS = "labels.parquet", RunName.SCORING, "the labels that came later"
    UNUSED_LABELS = "unused_labels.parquet", RunName.LABELS, "rows of the labels' file that could not be used, and why"
    ASSESSMENT = "assessment.json", RunName.MONITORING, "drift, performance and verdict"
    VERDICT = "verdict.txt", RunName.MONITORING, "the verdict in words"
    UNLABELLED = "unlabelled.json", RunName.MONITORING, "what can be said without a label"
    IMPORTANCE_CHANGES = "importance_changes.json", RunName.MONITORING, "permutation importance, before and now"
    DECISION = "policy_decision.json", RunName.MONITORING, "the policy in force, the evidence and what it decided"
    REPORT = "report_{language}.html", RunName.MONITORING, "the monitoring report"
    POLICY = "policy.json", RunName.POLICY, "the limits of the policy"
    DELIVERY_ATTEMPTS = "attempts.json", RunName.DELIVERY, "when each attempt was made, and what it failed for"
    OUTCOME = "outcome.json", RunName.RETRAINING, "whether the challenger was promoted, and why"
    REPLAY = "replay.json", RunName.REPLAY, "every strategy, window by window"
    CONCLUSION = "conclusion.txt", RunName.REPLAY, "the advice in words"
    LONG_VALUES = limits.LONG_VALUES, ANY_RUN, "the parameters and tags that are longer than their fields, whole"


def drift_key(statistic: str, feature: str) -> str:
    """The metric of an assessment that holds a drift statistic of a feature."""
    return f"{statistic}/{feature}"


def side_key(rows: str, side: str, metric: str) -> str:
    """The metric of a retraining that holds what "champion" or "challenger" reached on some rows."""
    return f"{rows}_{side}_{metric}"


def strategy_key(strategy: str, name: str) -> str:
    """The metric of a replay that holds a figure of a strategy."""
    return f"{strategy}/{name}"
