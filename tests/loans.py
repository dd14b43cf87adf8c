"""A table of another domain: loans that were paid back or not, in twelve columns of every awkward kind."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.data.drafting import Roles

GRADES = ("A", "B", "C", "D")
PURPOSES = ("carro", "educação", "casa", "négocios & cia", "その他")
ROLES = Roles("default?", "yes", id="loan id", time="opened")


def loans(rows: int, seed: int) -> pd.DataFrame:
    """`rows` loans. Whether one is paid back depends on grade, income and rate; `default?` says "yes" or "no"."""
    random = np.random.default_rng(seed)
    grade = random.integers(0, len(GRADES), rows)
    income = random.lognormal(8, 0.5, rows).round(2)
    rate = (6 + 4 * grade + random.normal(0, 1.5, rows)).round(2)
    log_odds = -2.2 + 0.6 * grade - 0.4 * (np.log(income) - 8) + 0.05 * (rate - 12)
    defaulted = random.random(rows) < 1 / (1 + np.exp(-log_odds))
    days = pd.Timestamp("2019-01-01") + pd.to_timedelta(np.sort(random.integers(0, 1800, rows)), unit="D")
    late = random.integers(0, 5, rows).astype(float)
    late[random.random(rows) < 0.03] = np.nan
    return pd.DataFrame(
        {
            "loan id": [f"L{number:06d}" for number in range(rows)],
            "opened": days.strftime("%Y-%m-%d"),
            "birth date": (pd.Timestamp("1950-01-01") + pd.to_timedelta(random.integers(0, 18000, rows), unit="D"))
            .strftime("%d/%m/%Y"),
            "grade [A-D]": np.array(GRADES)[grade],
            "finalité": np.array(PURPOSES)[random.integers(0, len(PURPOSES), rows)],
            "income": income,
            "rate %": rate,
            "term": random.choice([36, 60], rows),
            "late payments": late,
            "owner": random.random(rows) < 0.4,
            "branch": random.integers(1, 40, rows),
            "default?": np.where(defaulted, "yes", "no"),
        }
    )  # fmt: skip
