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
