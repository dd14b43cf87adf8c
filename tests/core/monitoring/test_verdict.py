"""The verdict: silent on batches like the reference, right on those that are not, and on the real Kobe files."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core import workflows
from core.data.contract import Contract, Feature
from core.metrics.intervals import Interval
from core.metrics.registry import estimable
from core.monitoring.unlabelled import Side, Unlabelled, without_labels
from core.monitoring.verdict import Assessment, Known, assess
from core.store import settings
from core.text.errors import CourtsideError
from core.text.language import translate
from core.text.messages import message
from tests.clinic import KINDS, LIKELY, REFERENCE_ROWS, SAID, TRUTH, asks, drawn, flipped, holds, judged_in_full, shares

NAMES = ["lat", "lon", "minutes_remaining", "period", "playoffs", "shot_distance"]
KOBE = Contract(
    "kobe",
    "Kobe shots",
    "shot_made_flag",
    "1",
    (
        Feature("lat", "number"),
        Feature("lon", "number"),
        Feature("minutes_remaining", "integer"),
        Feature("period", "integer"),
        Feature("playoffs", "boolean"),
        Feature("shot_distance", "integer"),
    ),
)
CLINIC = Contract(
    "clinic",
    "Clinic",
    "answer",
    "1",
    (Feature("age", "number", label="Age in years"), Feature("dose", "number"), Feature("ward", "category")),
)


def patients(rows: int, seed: int) -> pd.DataFrame:
    """Rows whose answer depends on age and dose, with the true probability of it."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "age": rng.normal(50, 10, rows),
            "dose": rng.normal(0, 1, rows),
            "ward": rng.choice(["north", "south", "east"], rows),
        }
    )
    return table.assign(answer=(rng.random(rows) < expected(table)).astype(float))


def expected(table: pd.DataFrame) -> np.ndarray:
    """What a good model of `patients` says; a null tells it nothing."""
    age, dose = table["age"].fillna(50), table["dose"].fillna(0)
    return 1 / (1 + np.exp(-(0.05 * (age - 50) + 0.6 * dose))).to_numpy()


REFERENCE = patients(1_500, 1_000_000)


def judged(batch: pd.DataFrame, *, labels: bool, contract: Contract = CLINIC, seed: int = 0) -> Assessment:
    target = batch["answer"].to_numpy() if labels else None
    reference = Side(REFERENCE, expected(REFERENCE), REFERENCE["answer"].to_numpy())
    return assess(contract, reference, Side(batch, expected(batch), target), 0.5, seed)


def text(found: Assessment) -> str:
    return " ".join(map(str, (found.headline, *found.reasons, found.action)))


@pytest.fixture(scope="module")
def kobe():
    """The champion of the issue on the real files: (reference rows, production rows, probability of)."""
    folder = settings.load().kobe_dir
    dev = pd.read_parquet(folder / "dataset_kobe_dev.parquet")[[*NAMES, "shot_made_flag"]].dropna()
    production = pd.read_parquet(folder / "dataset_kobe_prod.parquet")
    train, test = train_test_split(dev, test_size=0.2, random_state=10, stratify=dev["shot_made_flag"])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1)).fit(train[NAMES], train["shot_made_flag"])
    return test, production, lambda rows: model.predict_proba(rows[NAMES])[:, 1]


def kobe_verdict(kobe, batch: pd.DataFrame, target: np.ndarray | None) -> Assessment:
    test, _, probability = kobe
    known = test["shot_made_flag"].to_numpy()
    return assess(KOBE, Side(test, probability(test), known), Side(batch, probability(batch), target), 0.5, seed=0)


def test_the_champion_does_not_fit_the_real_production_batch(kobe):
    found = kobe_verdict(kobe, kobe[1], kobe[1]["shot_made_flag"].to_numpy())
    assert found.level == "retrain"
    assert str(found.headline) == "The model does not fit this batch: shot_distance, lat changed most."
    assert str(found.reasons[0]).startswith("Changed most: shot_distance (by 2.01 reference deviations); lat (by 1.95")
    assert [one.feature for one in found.drift[:2]] == ["shot_distance", "lat"]
    assert (found.rows, found.rows_labelled) == (6_426, 5_412)
    assert found.outside_share >= 0.97
    assert found.prediction.drifted
    assert found.quality == ()


def test_the_real_log_loss_falls_in_production_and_yet_skill_and_auc_are_lost(kobe):
    found = kobe_verdict(kobe, kobe[1], kobe[1]["shot_made_flag"].to_numpy()).performance
    assert found.reference["log_loss"] == pytest.approx(0.6758, abs=1e-4)
    assert found.current["log_loss"] == pytest.approx(0.628, abs=1e-3)
    assert found.current["f1"] == 0
    assert found.skill.high < found.reference_skill.low
    assert found.roc_auc.high < found.reference_roc_auc.low
    assert found.reference_skill.value == pytest.approx(1 - 0.6758 / 0.692, abs=1e-3)
    assert found.skill.value == pytest.approx(1 - 0.628 / 0.6337, abs=2e-3)


def test_the_real_production_batch_is_refused_without_labels_too(kobe):
    found = kobe_verdict(kobe, kobe[1], None)
    assert found.level == "retrain"
    assert found.performance is None
    assert found.rows_labelled == 0
    assert "shot_distance, lat changed most" in str(found.headline)
    assert "labels" in str(found.action)


def test_half_of_the_real_reference_is_fit_for_the_other_half(kobe):
    batch = kobe[0].sample(2_000, random_state=0)
    assert kobe_verdict(kobe, batch, batch["shot_made_flag"].to_numpy()).level == "healthy"


def test_a_random_batch_is_said_to_fit_only_as_surely_as_labels_can_say():
    few, many = patients(1_000, 3), patients(20_000, 3)
    assert str(judged(few, labels=True).headline).startswith("Nothing suggests")
    assert str(judged(few, labels=False).headline).startswith("Nothing suggests")
    known = patients(20_000, 4)
    before, now = (Side(rows, expected(rows), rows["answer"].to_numpy()) for rows in (known, many))
    found = assess(CLINIC, before, now, 0.5, 0)
    assert (found.fit, str(found.headline)) == ("fits", "The model fits this batch.")


def test_a_shifted_feature_is_found_and_named_by_its_title():
    batch = patients(1_000, 3).assign(age=lambda table: table["age"] + 8)
    found = judged(batch, labels=False)
    assert found.level == "watch"
    assert "Age in years (by 0.78 reference deviations)" in text(found)
    assert "dose" not in text(found)


def test_shifted_rows_that_the_model_copes_with_are_watched_not_retrained():
    batch = patients(4_000, 3).assign(age=lambda table: table["age"] + 40)
    rng = np.random.default_rng(0)
    batch["answer"] = (rng.random(len(batch)) < expected(batch)).astype(float)
    assert judged(batch, labels=False).level == "retrain"
    coping = judged(batch, labels=True)
    assert coping.outside_share > 0.5
    assert coping.level == "watch"


def test_labels_that_no_longer_follow_the_features_ask_for_retraining():
    batch = patients(1_000, 3)
    batch["answer"] = np.random.default_rng(0).permutation(batch["answer"])
    found = judged(batch, labels=True)
    assert found.level == "retrain"
    assert "fixed guess" in str(found.headline)
    assert judged(batch, labels=False).level == "healthy"


def test_a_part_of_the_skill_lost_for_certain_asks_for_retraining():
    batch, rng = patients(4_000, 3), np.random.default_rng(0)
    noisy = rng.random(len(batch)) < 0.4
    batch.loc[noisy, "answer"] = rng.integers(0, 2, noisy.sum())
    found = judged(batch, labels=True)
    assert found.level == "retrain"
    assert "Skill fell from" in text(found)
    assert "AUC fell from" in text(found)


def test_rarer_positives_alone_do_not_make_a_model_look_better_or_worse():
    batch = patients(20_000, 3)
    rare = batch[(batch["answer"] == 0) | (np.arange(len(batch)) % 4 == 0)]
    adjusted = expected(rare) / (expected(rare) + 4 * (1 - expected(rare)))
    reference = Side(REFERENCE, expected(REFERENCE), REFERENCE["answer"].to_numpy())
    found = assess(CLINIC, reference, Side(rare, adjusted, rare["answer"].to_numpy()), 0.5, 0)
    assert found.performance.current["log_loss"] < found.performance.reference["log_loss"] - 0.1
    assert found.level in ("healthy", "watch")


def test_swapped_labels_stop_everything():
    found = judged(patients(1_000, 3).assign(answer=lambda table: 1 - table["answer"]), labels=True)
    assert found.level == "stop"
    assert "swapped" in text(found)
    assert "before retraining" in str(found.action)


@pytest.mark.parametrize(("share", "level"), [(0.01, "healthy"), (0.1, "watch"), (0.9, "stop")])
def test_missing_values_are_quality_and_most_of_a_feature_missing_stops(share, level):
    batch = patients(1_000, 3)
    batch.loc[np.random.default_rng(0).random(1_000) < share, "dose"] = np.nan
    found = judged(batch, labels=False)
    assert found.level == level
    assert bool(found.quality) == (level != "healthy")
    assert all("dose is missing in" in str(reason) for reason in found.quality)


def test_new_categories_are_named_and_old_ones_are_not():
    batch = patients(1_000, 3)
    batch.loc[:199, "ward"] = "west"
    found = judged(batch, labels=False)
    assert found.level == "watch"
    assert [str(reason) for reason in found.quality] == [
        "ward holds values never seen in the test rows, in 20\N{NO-BREAK SPACE}% of the rows: west."
    ]
    assert judged(patients(1_000, 3), labels=False).quality == ()


def test_a_tiny_batch_gets_no_verdict_however_odd_it_is():
    found = judged(patients(49, 3).assign(age=200.0), labels=True)
    assert found.level == "watch"
    assert "too small" in str(found.headline)
    assert judged(patients(50, 3).assign(age=200.0), labels=True).level == "retrain"


def test_a_batch_without_rows_is_an_error_the_user_can_read():
    with pytest.raises(CourtsideError, match="no rows"):
        judged(patients(1_000, 3).head(0), labels=True)


def test_rows_without_a_label_or_a_probability_do_not_count_for_performance():
    batch = patients(1_000, 3)
    target, probability = batch["answer"].to_numpy().copy(), expected(batch)
    target[:300], probability[300:400] = np.nan, np.nan
    reference = Side(REFERENCE, expected(REFERENCE), REFERENCE["answer"].to_numpy())
    found = assess(CLINIC, reference, Side(batch, probability, target), 0.5, 0)
    alone = batch.iloc[400:]
    same = assess(CLINIC, reference, Side(alone, expected(alone), alone["answer"].to_numpy()), 0.5, 0)
    assert found.rows_labelled == 600
    assert found.performance == same.performance


@pytest.mark.parametrize("labels", [0, 99])
def test_too_few_labels_measure_no_performance(labels):
    batch = patients(1_000, 3)
    batch.loc[labels:, "answer"] = np.nan
    found = judged(batch, labels=True)
    assert found.performance is None
    assert found.rows_labelled == labels


def test_labels_of_one_class_measure_no_performance():
    assert judged(patients(1_000, 3).assign(answer=1.0), labels=True).performance is None


def test_the_same_seed_gives_the_same_verdict():
    assert judged(patients(1_000, 3), labels=True, seed=4) == judged(patients(1_000, 3), labels=True, seed=4)


@pytest.mark.parametrize("labels", [True, False])
def test_an_assessment_survives_json_and_is_still_readable_in_both_languages(labels):
    batch = patients(1_000, 3).assign(age=lambda table: table["age"] + 8, ward="west")
    found = judged(batch, labels=labels)
    again = Assessment.from_dict(json.loads(json.dumps(found.as_dict(), allow_nan=False)))
    assert again == found
    for language in ("en", "pt_BR"):
        said = [translate(sentence, language) for sentence in (again.headline, *again.reasons, again.action)]
        assert said == [translate(sentence, language) for sentence in (found.headline, *found.reasons, found.action)]
        assert not any("{" in sentence for sentence in said)


def judged_with(batch: pd.DataFrame, *, labels: bool = False, **known) -> Assessment:
    target = batch["answer"].to_numpy() if labels else None
    reference = Side(REFERENCE, expected(REFERENCE), REFERENCE["answer"].to_numpy())
    return assess(CLINIC, reference, Side(batch, expected(batch), target), 0.5, 0, Known(**known))


def unlabelled(batch: pd.DataFrame):
    reference = Side(REFERENCE, expected(REFERENCE), REFERENCE["answer"].to_numpy())
    return without_labels(CLINIC, reference, Side(batch, expected(batch)), 0.5, 0)


def test_drift_of_a_feature_that_the_model_does_not_use_is_told_and_asks_for_nothing():
    batch = patients(1_000, 3).assign(ward="north")
    used, idle = ({"age": 0.1, "dose": 0.2, "ward": worth} for worth in (0.1, 0.0001))
    assert judged_with(batch, importances=used).level == "watch"
    found = judged_with(batch, importances=idle)
    assert found.level == "healthy"
    assert "Changed, while the model hardly uses it: ward" in text(found)
    assert "1 of 3 features changed" in str(found.changed)


def test_what_matters_to_the_model_is_named_before_what_moved_further():
    batch = patients(1_000, 3).assign(age=lambda table: table["age"] + 20, dose=lambda table: table["dose"] + 0.8)
    assert judged_with(batch).drift[0].feature == "age"
    found = judged_with(batch, importances={"age": 0.01, "dose": 0.9, "ward": 0})
    assert [one.feature for one in found.drift[:2]] == ["dose", "age"]
    assert "dose (by" in str(found.facts[0].reason).split(";")[0]


def test_an_estimate_that_can_be_trusted_is_told_and_one_that_can_not_is_withheld_with_its_reason():
    batch = patients(1_000, 3)
    open_gate = unlabelled(batch)
    found = judged_with(batch, unlabelled=open_gate)
    assert (found.level, found.facts[-1].chart) == ("healthy", "estimate")
    assert "reliable if outcomes still follow the features as they did" in str(found.facts[-1].reason)
    assert 0 < open_gate.estimate.flips_at < 0.5
    far = patients(1_000, 3).assign(age=lambda table: table["age"] + 40)
    found = judged_with(far, unlabelled=unlabelled(far))
    assert found.level == "retrain"
    assert "No trustworthy estimate: 85" in text(found)
    assert "estimate" not in [fact.chart for fact in judged_with(batch, labels=True, unlabelled=open_gate).facts]


@pytest.mark.parametrize(("kept", "level"), [(1.0, "healthy"), (0.8, "watch"), (0.5, "watch")])
def test_a_reliable_estimate_of_lost_skill_is_watched_because_harder_cases_lower_it_too(kept, level):
    batch = patients(1_000, 3)
    found = unlabelled(batch)
    skill = found.reference_skill
    bounds = Interval(skill.value * kept, skill.value * kept - 0.005, skill.value * kept + 0.005)
    sure = Interval(skill.value, skill.value - 0.005, skill.value + 0.005)
    changed = replace(
        found,
        reference_skill=sure,
        estimate=replace(found.estimate, figures=found.estimate.figures | {"skill": bounds}),
    )
    assert judged_with(batch, unlabelled=changed).level == level
    shut = replace(changed, gate=replace(changed.gate, reasons=(message("It is shut."),)))
    assert judged_with(batch, unlabelled=shut).level == "healthy"


def test_every_fact_of_a_verdict_says_which_chart_shows_it():
    batch = patients(1_000, 3).assign(
        age=lambda table: table["age"] + 40, ward="west", answer=lambda table: 1 - table["answer"]
    )
    batch.loc[:199, "dose"] = np.nan
    charts = [fact.chart for fact in judged(batch, labels=True).facts]
    assert charts[:4] == ["drift", "prediction", "support", "skill"]
    assert set(charts) == {"drift", "prediction", "support", "skill", "roc_auc", "quality"}


def test_the_two_questions_of_the_assignment_are_answered_whatever_the_verdict():
    for batch in (patients(1_000, 3), patients(1_000, 3).assign(age=90.0)):
        found = judged(batch, labels=True)
        (fit, fits), (changed, what) = found.answers
        assert str(fit) == "Does the model fit the new base?"
        assert str(fits) != str(found.headline)
        assert str(changed) == "What changed between the bases?"
        assert ("1 of 3 features changed, most of all Age in years" in str(what)) == (batch["age"].max() == 90.0)


@pytest.mark.parametrize(
    ("changed", "labels", "said"),
    [
        ({}, True, "Cannot tell"),
        ({}, False, "Cannot tell"),
        ({"age": lambda table: table["age"] + 8}, False, "Cannot tell"),
        ({"age": lambda table: table["age"] + 40}, False, "Probably not; labels would tell."),
        ({"answer": lambda table: np.random.default_rng(0).permutation(table["answer"])}, True, "No, as its"),
        ({"answer": lambda table: 1 - table["answer"]}, True, "That can't be told"),
    ],
)
def test_whether_the_model_fits_is_answered_in_a_word_and_by_what_it_is_known(changed, labels, said):
    found = judged(patients(1_000, 3).assign(**changed), labels=labels)
    assert str(found.answers[0][1]).startswith(said)
    assert str(judged(patients(20, 3), labels=labels).answers[0][1]) == "So few rows can't tell."


def test_an_assessment_from_before_facts_had_charts_is_still_read():
    found = judged(patients(1_000, 3).assign(age=lambda table: table["age"] + 8, ward="west"), labels=True)
    stored = found.as_dict()
    for one in (*stored["drift"], stored["prediction"]):
        del one["importance"]
    facts = stored.pop("facts")
    del stored["changed"]
    stored["reasons"] = [fact["reason"] for fact in facts]
    stored["quality"] = [fact["reason"] for fact in facts if fact["chart"] == "quality"]
    again = Assessment.from_dict(json.loads(json.dumps(stored)))
    assert (again.level, again.reasons, again.quality) == (found.level, found.reasons, found.quality)
    assert "age" in str(again.changed)


@pytest.mark.parametrize("level", ["healthy", "watch", "retrain", "stop"])
def test_only_the_two_upper_levels_ask_for_action(lifecycle_home, level):
    from dataclasses import replace

    assessment = replace(workflows.latest_monitored("kobe").assessment, level=level)
    assert assessment.asks_for_action == (level in ("retrain", "stop"))


def test_keys_that_a_newer_version_added_to_a_verdict_are_left_out():
    found = judged(patients(1_000, 3), labels=True)
    stored = json.loads(json.dumps(found.as_dict()))
    lost = stored["performance"]["skill_loss"]
    for one in (stored, stored["plan"], stored["performance"], lost, lost["expected"], stored["facts"][0]):
        one["later"] = {"more": 1}
    assert Assessment.from_dict(stored) == found
    before = unlabelled(patients(1_000, 3))
    kept = json.loads(json.dumps(before.as_dict()))
    for one in (kept, kept["estimate"], kept["calibrator"], kept["gate"]):
        one["later"] = {"more": 1}
    assert str(Unlabelled.from_dict(kept)) == str(before)


SLOW = [pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.mark.parametrize(
    ("rows", "batches"),
    [(1_000, 40), (1_000_000, 4), pytest.param(1_000, 200, marks=SLOW), pytest.param(1_000_000, 200, marks=SLOW)],
)
def test_of_batches_like_the_reference_hardly_one_asks_for_action_and_estimates_hold_the_truth(rows, batches):
    # Against one reference, batches of a million rows would differ in nothing that matters: each has its own.
    levels, asked, opened, held = Counter(), 0, 0, Counter()
    for seed in range(batches):
        rng = np.random.default_rng([rows, seed])
        *verdicts, found = judged_in_full(drawn(REFERENCE_ROWS, rng), drawn(rows, rng), seed)
        asked += asks(verdicts, found)
        levels.update(verdict.level for verdict in verdicts)
        opened += found.gate.open
        truth = verdicts[0].performance.current
        held.update(one.key for one in estimable() if holds(found.estimate.figures[one.key], truth[one.key]))
    assert asked <= 0.05 * batches
    assert levels["healthy"] >= int(0.9 * 2 * batches)
    assert opened >= int(0.95 * batches)
    # Fewer intervals of 95 % than this (180 of 200) hold the truth once in a thousand times.
    assert min(held.values()) >= binom.ppf(1e-3, batches, 0.95), held


def test_a_batch_drawn_kind_by_kind_is_judged_as_the_same_rows_in_any_order_and_rows_drawn_one_by_one_stay_silent():
    for seed in range(2):
        rng = np.random.default_rng(seed)
        reference = drawn(REFERENCE_ROWS, rng)
        kinds = rng.choice(len(KINDS), 1_000_000, p=LIKELY)
        one_by_one = (
            KINDS.take(kinds),
            SAID[kinds],
            (rng.random(len(kinds)) < TRUTH[kinds]).astype(int),
        )
        found = judged_in_full(reference, one_by_one, seed)
        assert not asks(found[:2], found[2])
        order = np.lexsort((1 - one_by_one[2], kinds))
        by_kind = one_by_one[0].take(order), *(part[order] for part in one_by_one[1:])
        again = judged_in_full(reference, by_kind, seed)
        assert again[0].performance == found[0].performance
        assert again[2].estimate == found[2].estimate
        for one, other in zip(again[0].drift, found[0].drift, strict=True):
            assert (one.effect, one.low, one.high) == pytest.approx((other.effect, other.low, other.high))
        # Of the rows that a sample looks at others are in it: what it finds moves by what chance allows.
        assert again[2].separation.auc.value == pytest.approx(found[2].separation.auc.value, abs=0.02)
        assert again[0].outside_share == pytest.approx(found[0].outside_share, abs=0.005)


SIZES = pytest.mark.parametrize(
    ("rows", "batches"),
    [(1_000, 3), pytest.param(1_000, 10, marks=SLOW), pytest.param(1_000_000, 2, marks=SLOW)],
)


@SIZES
def test_drift_of_known_size_is_found_by_its_name_beyond_the_alarm_line_and_passed_over_below_it(rows, batches):
    for shift, named in ((0.5, True), (0.15, False)):
        found = 0
        for seed in range(batches):
            rng = np.random.default_rng([seed, rows])
            __, without, __ = judged_in_full(drawn(REFERENCE_ROWS, rng), drawn(rows, rng, shares(shift)), seed)
            found += any(fact.chart == "drift" and "Age" in str(fact.reason) for fact in without.facts)
        assert found == (batches if named else 0)


@SIZES
def test_a_loss_of_known_size_asks_for_retraining_once_labels_come_and_a_small_one_does_not(rows, batches):
    for share, asked in ((0.7, True), (0.04, False)):
        found = 0
        for seed in range(batches):
            rng = np.random.default_rng([seed, rows])
            with_labels, without, __ = judged_in_full(
                drawn(REFERENCE_ROWS, rng),
                drawn(rows, rng, LIKELY, flipped(share)),
                seed,
            )
            found += with_labels.level == "retrain"
            assert not without.asks_for_action
        assert found == (batches if asked else 0)


@SIZES
def test_without_support_the_gate_is_shut_and_without_labels_the_verdict_asks_for_some(rows, batches):
    for seed in range(batches):
        rng = np.random.default_rng([seed, rows])
        *_, known = judged_in_full(drawn(REFERENCE_ROWS, rng), drawn(rows, rng, shares(0.3)), seed)
        assert known.gate.open
        table, said, target = drawn(rows, rng)
        for share, asked in ((0.15, False), (0.7, True)):
            away = table.assign(age=table["age"] + 100 * (rng.random(rows) < share))
            __, without, found = judged_in_full(drawn(REFERENCE_ROWS, rng), (away, said, target), seed)
            assert not found.gate.open
            assert without.asks_for_action == asked
