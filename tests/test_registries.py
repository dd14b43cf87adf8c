"""What is registered for a moment stands on every page, in the report and in what the command line prints."""

from __future__ import annotations

import re

import numpy as np
import pytest
import streamlit as st

from core import workflows
from core.metrics import registry
from core.metrics.metric import Metric
from core.monitoring import statistics
from core.monitoring.statistics import Statistic
from core.store import settings, tracking
from core.text.messages import message
from pages.parts import work
from tests.app import opened, unfolded, words
from tests.commands import answer, shell
from tests.copies import copied
from tests.documents import table, text
from tests.worlds import made_once


@pytest.fixture(autouse=True)
def closed_queue():
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    work.queue().close()
    st.cache_resource.clear()


def misplaced(cells, positives, negatives):
    """The mean absolute difference between outcome and probability."""
    apart = positives @ (1 - cells.probability) + negatives @ cells.probability
    return apart / (positives.sum(axis=1) + negatives.sum(axis=1))


@pytest.fixture
def metric():
    registry.register(
        Metric(
            key="for_a_moment",
            title=message("Mean absolute error"),
            abbreviated=message("MAE"),
            meaning=message("How far the probability lies from the outcome on average."),
            spec=".5f",
            function=misplaced,
            better="lower",
        )
    )
    yield registry.METRICS["for_a_moment"]
    del registry.METRICS["for_a_moment"]


@pytest.fixture
def statistic():
    statistics.register(
        Statistic(
            key="for_a_moment",
            title=message("Hellinger"),
            meaning=message("How far apart the square roots of the shares are."),
            spec=".5f",
            function=lambda sides: float(
                np.linalg.norm(np.sqrt(sides.before / sides.before.sum()) - np.sqrt(sides.now / sides.now.sum()))
                / np.sqrt(2)
            ),
        )
    )
    yield statistics.STATISTICS["for_a_moment"]
    del statistics.STATISTICS["for_a_moment"]


@pytest.fixture
def measured(lifecycle, workspace, metric, tmp_path_factory) -> Metric:
    """The metric, in a workspace where a candidate was trained, registered and promoted, and a batch scored and
    assessed with it."""

    def live() -> None:
        workflows.train("kobe", candidates=["lr"], folds=2)
        workflows.register("kobe")
        workflows.promote("kobe")
        workflows.score("kobe", "kobe-prod")
        workflows.monitor("kobe")

    copied(made_once(tmp_path_factory, "measured", live, begin=lifecycle), workspace)
    return metric


def columns(page) -> set[str]:
    return {str(name) for frame in page.dataframe for name in frame.value.columns}


def choices(page) -> set[str]:
    """What the rows of views of a page offer."""
    options = (option.content for group in page.button_group for option in group.proto.options)
    return {re.sub(r"^:gray\[(.*)\]$", r"\1", option) for option in options}


def test_a_metric_is_recorded_with_a_candidate_and_a_batch_as_its_function_says(measured):
    candidate = workflows.latest_trained("kobe").candidate()
    rows = workflows.reference(workflows.champion("kobe"))
    expected = np.abs(rows["shot_made_flag"] - rows["probability"]).mean()
    assert candidate.metrics["test_for_a_moment"] == pytest.approx(expected)
    low, high = (candidate.metrics[f"test_for_a_moment_{end}"] for end in ("low", "high"))
    assert low < expected < high
    scored = workflows.latest_scored("kobe")
    recorded = tracking.get(settings.load(), scored.run_id).metrics["for_a_moment"]
    assert scored.metrics["for_a_moment"] == recorded


def test_a_metric_stands_on_every_page_that_shows_metrics(measured):
    value = f"{workflows.latest_trained('kobe').candidate().metrics['test_for_a_moment']:.5f}"
    training = opened("pages/training.py")
    shown = next(item for item in training.metric if item.label == "MAE on test")
    assert (shown.value, shown.help) == (value, str(measured.meaning))
    assert "MAE" in next(item for item in training.selectbox if item.label == "Tuning optimises").options
    unfolded(training, "every-figure")
    assert {"MAE, test", "MAE, test, 95 %", "MAE, folds"} <= columns(training)
    versions = opened("pages/model_registry.py", metric="for_a_moment")
    assert "MAE" in choices(versions)
    assert str(measured.meaning) in words(versions)
    unfolded(versions, "all-versions")
    assert "MAE" in columns(versions)
    scoring = opened("pages/production_scoring.py")
    batch = workflows.latest_scored("kobe").metrics["for_a_moment"]
    assert next(item for item in scoring.metric if item.label == "MAE").value == f"{batch:.5f}"
    monitoring = opened("pages/monitoring.py", show="performance", metric="for_a_moment")
    assert "MAE" in choices(monitoring)
    assert any("MAE" in frame.value.astype(str).to_numpy() for frame in monitoring.dataframe)


def test_a_metric_compares_a_challenger_with_the_champion(measured):
    workflows.register("kobe")
    assert "MAE" in columns(opened("pages/model_registry.py"))


def test_a_metric_stands_in_the_report_and_on_the_card(measured):
    report = workflows.report(workflows.latest_monitored("kobe").run_id)
    batch = workflows.latest_monitored("kobe").assessment.performance.current["for_a_moment"]
    assert table(report, "How the model does")["Mean absolute error"][1] == f"{batch:.5f}"
    card = table(workflows.card("kobe", 2), "How good it is, whatever the threshold")
    assert (
        card["Mean absolute error"][0]
        == f"{workflows.version_metrics(workflows.versions('kobe'))[2]['test_for_a_moment']:.5f}"
    )


def test_a_metric_stands_in_what_the_command_line_prints(measured):
    batch = workflows.latest_scored("kobe").metrics["for_a_moment"]
    assert answer("status")["last_batch"]["for_a_moment"] == pytest.approx(batch)
    printed = shell("score").stdout
    assert re.search(rf"^for_a_moment +{batch:.5f}$", printed, re.MULTILINE)
    assert answer("monitor", code=3)["performance"]["current"]["for_a_moment"] == pytest.approx(batch)


def test_a_search_can_go_by_a_metric(lifecycle_home, metric):
    found = workflows.train("kobe", candidates=["dt_tuned"], folds=2, iterations=3, metric="for_a_moment")
    assert found.candidates[0].metrics["test_for_a_moment"] > 0


def test_what_was_measured_before_a_metric_came_is_shown_without_it(lifecycle_home, metric):
    training = opened("pages/training.py")
    assert next(item for item in training.metric if item.label == "MAE on test").value == "–"
    for path, choice in (("model_registry", {"metric": "for_a_moment"}), ("production_scoring", {}),
                         ("monitoring", {"show": "performance", "metric": "for_a_moment"})):  # fmt: skip
        assert not opened(f"pages/{path}.py", **choice).error
    assert "Mean absolute error" not in text(workflows.report(workflows.latest_monitored("kobe").run_id))


def test_nothing_is_left_of_a_metric_that_was_registered_for_a_moment(lifecycle_home):
    training = opened("pages/training.py")
    assert "MAE on test" not in [item.label for item in training.metric]
    unfolded(training, "every-figure")
    assert not [name for name in columns(training) if "MAE" in name]


def test_a_drift_statistic_stands_on_the_page_in_the_report_and_in_what_the_command_line_prints(
    lifecycle_home, statistic
):
    found = workflows.monitor("kobe")
    moved = {one.feature: one["for_a_moment"] for one in found.assessment.drift}
    assert 0 < moved["shot_distance"] <= 1
    page = unfolded(opened("pages/monitoring.py", show="changes"), "every-statistic")
    shown = next(frame.value for frame in page.dataframe if "Hellinger" in frame.value.columns)
    assert sorted(shown["Hellinger"]) == pytest.approx(
        sorted([*moved.values(), found.assessment.prediction["for_a_moment"]])
    )
    rows = table(workflows.report(found.run_id), "How far each moved")
    place = [*statistics.STATISTICS].index("for_a_moment") + 1
    assert rows["Shot distance"][place] == f"{moved['shot_distance']:.5f}"
    printed = {one["feature"]: one["for_a_moment"] for one in answer("monitor", code=3)["drift"]}
    assert printed == pytest.approx(moved)
    assert f"{moved['shot_distance']:.5f}" in shell("monitor").stdout


def test_a_drift_statistic_with_a_threshold_decides_whether_a_feature_drifted(lifecycle_home, monkeypatch):
    before = {one.feature: one.effect for one in workflows.latest_monitored("kobe").assessment.drift}
    stability = statistics.STATISTICS["psi"]
    strict = Statistic("strict", stability.title, stability.meaning, ".3f", stability.function, threshold=1e-6)
    monkeypatch.setitem(statistics.STATISTICS, "strict", strict)
    after = {one.feature: one.effect for one in workflows.monitor("kobe").assessment.drift}
    assert all(after[name] > effect for name, effect in before.items() if effect)


def test_an_assessment_from_before_a_drift_statistic_came_is_shown_without_it(lifecycle_home, statistic):
    page = unfolded(opened("pages/monitoring.py", show="changes"), "every-statistic")
    assert not page.error
    assert next(frame.value for frame in page.dataframe if "Hellinger" in frame.value)["Hellinger"].isna().all()


@pytest.mark.parametrize(
    ("register", "known"),
    [(registry.register, registry.METRICS["ece"]), (statistics.register, statistics.STATISTICS["psi"])],
    ids=["metric", "drift statistic"],
)
def test_a_key_that_is_taken_is_refused(register, known):
    with pytest.raises(ValueError, match="already"):
        register(known)
