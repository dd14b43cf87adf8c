"""A report says what was recorded of a check."""

from __future__ import annotations

import numpy as np

from core import workflows
from core.charts import court
from core.documents.document import said
from core.metrics.registry import METRICS
from core.store import settings, tracking
from core.text.language import LANGUAGES, number, translate
from core.text.messages import Message
from tests.documents import table, text


def test_the_report_says_the_verdict_in_the_words_of_the_run(lifecycle_home):
    found = workflows.latest_monitored("kobe")
    report = workflows.report(found.run_id)
    for language in LANGUAGES:
        page = text(report, language)
        for sentence in (found.assessment.headline, *found.assessment.reasons, found.assessment.action):
            assert translate(sentence, language) in page
        for reason in workflows.decision(found.run_id).reasons:
            assert translate(reason, language) in page


def test_every_figure_of_the_report_is_the_recorded_one(lifecycle_home):
    found = workflows.latest_monitored("kobe")
    recorded = tracking.get(settings.load(), found.run_id).metrics
    report = workflows.report(found.run_id)
    rows = table(report, "How the model does")
    for name in ("log_loss", "brier", "f1", "average_precision"):
        title, spec = METRICS[name].title, METRICS[name].spec
        assert rows[str(title)][1] == number(recorded[name], spec, "en")
    skill = found.assessment.performance.skill
    value, low, high = (number(bound, "+.1%", "en") for bound in (skill.value, skill.low, skill.high))
    assert rows["Skill"][1] == f"{value} ({low} to {high})"
    moved = table(report, "How far each moved")
    for one in found.assessment.drift:
        title = next(item.title for item in workflows.project_contract("kobe").features if item.name == one.feature)
        assert moved[title][1] == number(recorded[f"psi/{one.feature}"], ".3f", "en")
    windows = workflows.windows(found.scoring_run)
    assert {window.label for window in windows} == set(table(report, "Skill over time"))
    assert sum(int(row[0].replace(",", "")) for row in table(report, "Skill over time").values()) == 6426


def test_settings_and_lineage_lead_back_to_the_run_and_the_file(lifecycle_home):
    found = workflows.latest_monitored("kobe")
    report = workflows.report(found.run_id)
    settings_told = table(report, "What this can be repeated with")
    assert settings_told["Run"] == [found.run_id]
    assert settings_told["Seed"] == ["10"]
    assert settings_told["Rows of the reference"] == ["4,057"]
    assert settings_told["Policy: Loss of skill"] == ["25\N{NO-BREAK SPACE}%"]
    steps = table(report, "From the file on, each step after those it was made from")
    assert steps["Assessment"] == ["Verdict: Retrain", found.run_id]
    assert steps["File"][0] == "dataset_kobe_dev.parquet, 24,271 rows"


def test_what_the_model_relies_on_and_where_the_shots_come_from_stand_in_the_report(lifecycle_home):
    found = workflows.latest_monitored("kobe")
    report = workflows.report(found.run_id)
    rows = table(report, "What each feature is worth")
    titles = {feature.name: feature.title for feature in workflows.project_contract("kobe").features}
    for one in workflows.importance_changes(found.run_id):
        cells = rows[titles[one.feature]]
        assert (cells[0], cells[2]) == tuple(number(side.value, ".4f", "en") for side in (one.before, one.now))
    assert "Worth something else than on the test rows, for certain: Shot distance." in text(report, "en")
    (places,) = [part for section in report.sections for part in section.parts if getattr(part, "draw", None) is
                 court.before_and_now]  # fmt: skip
    rows = workflows.scored_rows(found.scoring_run)
    far = np.hypot(*court.to_court(rows["lat"].to_numpy(), rows["lon"].to_numpy())) >= 220
    assert f"{round(100 * far.mean())}\N{NO-BREAK SPACE}% of this batch" in said(places.alt, "en")
    assert [side.count.sum() <= rows for side, rows in zip(places.arguments, (4_057, 6_426), strict=True)] == [True] * 2


def test_a_report_is_said_in_portuguese_down_to_the_last_cell(lifecycle_home):
    report = workflows.report(workflows.latest_monitored("kobe").run_id)
    for section in report.sections:
        assert isinstance(section.title, Message)
        assert said(section.title, "pt_BR") != said(section.title, "en"), section.title
