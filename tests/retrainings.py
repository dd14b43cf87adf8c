"""Settings of a retraining that takes seconds."""

from __future__ import annotations

from typing import Any

QUICK: dict[str, Any] = {"candidates": ["lightgbm"], "folds": 3}
