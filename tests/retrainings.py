"""Settings of a retraining that takes seconds."""

from __future__ import annotations

QUICK = {"candidates": ["lightgbm"], "folds": 3}
