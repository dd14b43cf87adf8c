"""What recorded things are called, wherever they are shown."""

from __future__ import annotations

from core.text.messages import Message, message

LEVELS: dict[str, Message] = {
    "healthy": message("Healthy"),
    "watch": message("Watch"),
    "retrain": message("Retrain"),
    "stop": message("Stop"),
}
"""The levels of a verdict."""
MEASURES: dict[str, tuple[Message, str]] = {
    "skill": (message("Skill"), "+.1%"),
    "log_loss": (message("Log loss"), ".4f"),
    "roc_auc": (message("AUC"), ".3f"),
    "average_precision": (message("Average precision"), ".3f"),
    "brier": (message("Brier"), ".4f"),
    "ece": (message("Calibration error"), ".3f"),
    "accuracy": (message("Accuracy"), ".3f"),
    "precision": (message("Precision"), ".3f"),
    "recall": (message("Recall"), ".3f"),
    "f1": (message("F1"), ".3f"),
    "target_rate": (message("Target rate"), ".1%"),
}
"""The figures of labelled rows, and how each is written."""
KINDS: dict[str, Message] = {
    "file": message("File"),
    "contract": message("Contract"),
    "preparation": message("Preparation"),
    "training": message("Training"),
    "candidate": message("Candidate"),
    "version": message("Version"),
    "batch": message("Batch"),
    "assessment": message("Assessment"),
}
"""The steps of a lineage."""
