"""Labels with the probabilities that a model gives them, well or badly calibrated."""

from __future__ import annotations

import numpy as np


def labelled(rows: int, seed: int = 0, digits: int = 9) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated probabilities between 0.2 and 0.7, and targets drawn from them."""
    rng = np.random.default_rng(seed)
    probability = rng.uniform(0.2, 0.7, rows).round(digits)
    return (rng.random(rows) < probability).astype(int), probability


def scored(rows: int, seed, shift: float = 0.0, slope: float = 1.0, offset: float = 0.0) -> tuple[np.ndarray, ...]:
    """Labels and the probabilities that a model, overconfident by `slope` and too high by `offset`, gives them."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(shift, 1, rows)
    target = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(float)
    return target, 1 / (1 + np.exp(-(slope * odds + offset)))


def zigzag(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels whose rate falls and rises again and again as the probability rises, as no calibration curve does."""
    level = np.arange(rows) % 6
    target = np.random.default_rng(0).random(rows) < np.where(level % 2, 0.1, 0.9)
    return target.astype(float), np.array([0.1, 0.25, 0.4, 0.6, 0.75, 0.9])[level]
