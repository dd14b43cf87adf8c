"""The replay: on histories built to need a retraining it is found where it is needed, on others it stays away."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student_t
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.data.contract import Contract, Feature
from core.data.split import split
from core.metrics.cells import row_losses
from core.monitoring.unlabelled import Side, without_labels
from core.monitoring.verdict import assess
from core.retraining import policies
from core.retraining.policies import OFF, Policy
from core.retraining.replay import History, Learner, Replay, refit, replay
from core.retraining.strategies import strategies
from core.text.errors import CourtsideError

CONTRACT = Contract("clinic", "Clinic", "answer", "1", (Feature("age", "number"), Feature("dose", "number")))
PIPELINE = make_pipeline(StandardScaler(), LogisticRegression())
ROWS = 800


def history(windows: int, seed: int, *, flips_at: int = 10**6, moves_at: int = 10**6) -> History:
    """`windows` windows of 800 rows: from `flips_at` on the answer depends on the features the other way round (which
    only labels show), from `moves_at` on the doses are others (which is seen without labels)."""
    rng = np.random.default_rng(seed)
    window = np.repeat(np.arange(windows), ROWS)
    table = pd.DataFrame({"age": rng.normal(0, 1, len(window)), "dose": rng.normal(0, 1, len(window))})
    table["dose"] += 6.0 * (window >= moves_at)
    turned = np.where(window >= flips_at, -1, 1) * (table["age"] + 0.5 * np.sin(table["dose"]))
    table["answer"] = (rng.random(len(window)) < 1 / (1 + np.exp(-1.2 * turned))).astype(int)
    day = window * 30.0 + rng.uniform(0, 30, len(window))
    return History(table, CONTRACT, np.array([f"{one:02d}" for one in window]), day)


def walked(
    past: History, *only: str, first: int = 3, every: int = 3, memory: int = 0, policy: Policy | None = None, **options
) -> Replay:
    """A replay of every strategy, or of `only` those named and never."""
    compared = [one for one in strategies(policy or Policy(), every) if not only or one.key in ("never", *only)]
    return replay(past, compared, Learner(refit(PIPELINE, CONTRACT), memory), first=first, **options)


def retrained(found: Replay, key: str) -> list[str]:
    return [step.window for step in found.course(key).steps if step.retrain]


@pytest.fixture(scope="module")
def flipped() -> Replay:
    return walked(history(10, 1, flips_at=6))


def test_reactive_retraining_comes_after_the_window_in_which_the_world_changed_and_wins(flipped):
    # All rows so far hold both worlds, so that it takes another window until the new one prevails.
    assert retrained(flipped, "reactive")[0] == "06"
    assert flipped.course("reactive").standing == "better"
    assert "Skill is" in str(flipped.course("reactive").steps[3].reasons[0])
    assert flipped.course("never").retrainings == 0
    assert str(flipped.conclusion).startswith(str(flipped.course(flipped.advised).strategy.title))


def test_what_only_labels_show_does_not_move_a_predictive_policy(flipped):
    assert retrained(flipped, "predictive") == []


def test_a_shift_of_the_features_moves_a_predictive_policy_in_its_window_and_not_before():
    found = walked(history(9, 2, moves_at=5), "predictive")
    assert retrained(found, "predictive")[0] == "05"
    assert "tells the batch from the reference" in str(found.course("predictive").steps[2].reasons[0])


@pytest.mark.parametrize("seed", range(3))
def test_in_a_steady_world_no_policy_retrains_and_nothing_is_surely_better(seed):
    found = walked(history(13, 100 + seed), first=8)
    assert retrained(found, "reactive") == retrained(found, "predictive") == retrained(found, "policy") == []
    assert {course.standing for course in found.courses} <= {"", "alike"}
    assert found.advised == "never"
    assert "no strategy does better" in str(found.conclusion)


def test_with_memory_a_model_learns_from_the_last_windows_alone_and_leaves_the_old_world_behind():
    past = history(10, 1, flips_at=6)
    all_of_it, recent = walked(past, "each"), walked(past, "each", memory=1)
    assert recent.course("each").log_loss < all_of_it.course("each").log_loss
    assert recent.course("each").steps[1].learned_until == "03"


def test_figures_are_those_of_a_plain_loop(flipped):
    past = history(10, 1, flips_at=6)
    target, never, each = [], [], []
    for window in range(3, 10):
        now = past.rows[past.window == f"{window:02d}"]
        for told, known in ((never, past.window < "03"), (each, past.window < f"{window:02d}")):
            learned = split(past.rows[known], CONTRACT, test_share=0.2, seed=10).train
            told.append(refit(PIPELINE, CONTRACT)(learned)(now))
        target.append(now["answer"].to_numpy())
    every_one = [np.concatenate(part) for part in (target, each, never)]
    course = flipped.course("each")
    assert course.log_loss == pytest.approx(row_losses(*every_one[:2]).mean())
    lost = [
        (row_losses(part, one) - row_losses(part, other)).mean()
        for part, one, other in zip(target, each, never, strict=True)
    ]
    error = np.sqrt((np.diff(lost) ** 2).mean() / 2 / len(lost))
    reach = student_t.ppf(1 - 0.025 / (len(flipped.courses) - 1), 2 * (len(lost) - 1) / 3)
    assert course.difference.value == pytest.approx(np.mean(lost))
    assert course.difference.high == pytest.approx(np.mean(lost) + reach * error)
    guessed = np.concatenate([row_losses(part, np.full(len(part), part.mean())) for part in target]).mean()
    assert course.skill == pytest.approx(1 - course.log_loss / guessed)
    assert course.retrainings == 6


def test_a_decision_is_that_of_monitoring_on_the_same_rows(flipped):
    past, policy = history(10, 1, flips_at=6), Policy()
    parts = split(past.rows[past.window < "03"], CONTRACT, test_share=0.2, seed=10)
    predict = refit(PIPELINE, CONTRACT)(parts.train)
    reference = Side(parts.test, predict(parts.test), parts.test["answer"].to_numpy())
    windows = [past.rows[past.window == f"{window:02d}"] for window in range(3, 7)]
    *before, now = [(rows["answer"].to_numpy(), predict(rows)) for rows in windows]
    seen = policies.evidence(
        assess(CONTRACT, reference, Side(windows[-1], now[1], now[0]), 0.5, seed=10),
        without_labels(CONTRACT, reference, Side(windows[-1], now[1]), 0.5, 10, before[::-1]),
    )
    assert flipped.course("policy").steps[3].reasons == policies.decide(policy, seen).reasons


def test_age_and_rows_count_in_the_time_of_the_data():
    past = history(9, 4)
    by_rows = walked(past, "policy", policy=Policy(**OFF | {"rows": 2 * ROWS}))
    by_age = walked(past, "policy", policy=Policy(**OFF | {"days": 45}))
    assert retrained(by_rows, "policy") == retrained(by_age, "policy") == ["04", "06"]
    assert retrained(walked(replace(past, day=None), "policy", policy=Policy(**OFF | {"days": 45})), "policy") == []


def test_every_row_is_predicted_once_by_a_model_that_had_not_seen_it_nor_anything_later():
    past = history(7, 5, flips_at=4)
    place = dict(zip(past.rows["age"], past.window, strict=True))
    fits, asked = [], []

    def fit(rows):
        learned, predict = set(rows["age"]), refit(PIPELINE, CONTRACT)(rows)
        fits.append(learned)

        def told(some):
            asked.append((learned, some["age"].to_numpy()))
            return predict(some)

        return told

    found = replay(past, strategies(Policy(), 2), Learner(fit), first=2)
    assert len({frozenset(learned) for learned in fits}) == len(fits), "the same rows were fitted twice"
    for learned, some in asked:
        assert not learned & set(some)
        windows = {place[age] for age in some}
        reference = max(place[age] for age in learned) >= min(windows)
        assert reference or len(windows) == 1
    for course in found.courses:
        assert [step.window for step in course.steps] == ["02", "03", "04", "05", "06"]
        assert sum(step.rows for step in course.steps) == 5 * ROWS
        assert all(step.learned_until < step.window for step in course.steps)


def test_labels_of_the_future_change_no_figure_and_no_decision_of_the_past():
    past = history(8, 6, flips_at=5)
    known = past.window < "06"
    shuffled = past.rows.copy()
    rng = np.random.default_rng(0)
    shuffled.loc[~known, "answer"] = rng.permutation(shuffled.loc[~known, "answer"])
    ways = ("each", "reactive", "predictive")
    one, other = walked(past, *ways), walked(replace(past, rows=shuffled), *ways)
    for course in one.courses:
        steps = other.course(course.strategy.key).steps
        assert course.steps[:3] == steps[:3]
    # The labels of the window itself have not come when a predictive policy decides on it.
    assert one.course("predictive").steps[3].reasons == other.course("predictive").steps[3].reasons
    assert one.course("never").steps[3].log_loss != other.course("never").steps[3].log_loss


def test_what_was_kept_is_read_back(flipped):
    assert Replay.from_dict(json.loads(json.dumps(flipped.as_dict()))) == flipped


def test_progress_says_which_window_of_how_many():
    told = []
    walked(history(5, 7), "each", progress=lambda done, total, what: told.append((done, total, str(what))))
    assert told == [(0, 2, "Replaying 03"), (1, 2, "Replaying 04")]


def test_too_little_history_is_refused_with_what_to_do():
    with pytest.raises(CourtsideError, match="leave too few to replay"):
        walked(history(4, 8))
    few = history(6, 9)
    few.rows["answer"] = 0
    with pytest.raises(CourtsideError, match="one outcome only") as refused:
        walked(few)
    assert "Let more windows train" in str(refused.value.hint)


def test_a_window_of_few_rows_or_of_one_outcome_is_walked_through_like_any_other():
    past = history(8, 10)
    kept = (past.window != "05") | (np.cumsum(past.window == "05") <= 2)
    past = replace(past, rows=past.rows[kept].reset_index(drop=True), window=past.window[kept], day=past.day[kept])
    past.rows.loc[past.window == "06", "answer"] = 1
    found = walked(past, "each", "predictive", memory=1)
    steps = found.course("each").steps
    assert [step.rows for step in steps] == [ROWS, ROWS, 2, ROWS, ROWS]
    assert steps[3].skill is None
    assert np.isfinite([step.log_loss for step in steps]).all()
