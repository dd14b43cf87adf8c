"""Reports of checks: kept with their run, in both languages, as they were."""

from __future__ import annotations

from core import workflows
from core.documents.html import html
from core.documents.markdown import markdown
from core.store import settings, tracking
from core.text.language import LANGUAGES
from tests.documents import LIMIT


def test_the_report_is_kept_with_the_run_in_both_languages_and_small(lifecycle_home):
    found = workflows.latest_monitored("kobe")
    for language in LANGUAGES:
        kept = tracking.artifact(settings.load(), found.run_id, f"report_{language}.html").read_text()
        assert kept == html(workflows.report(found.run_id), language)
        assert len(kept.encode()) < LIMIT


def test_a_report_stays_what_it_was_when_labels_come_later_and_is_made_anew_where_none_was_kept(lifecycle_home):
    found = workflows.latest_monitored("kobe")
    kept = tracking.artifact(settings.load(), found.run_id, "report_en.html")
    before = kept.read_text()
    kept.write_text(before + "<!-- as it was -->")
    assert workflows.report_page(found.run_id, "en").endswith("<!-- as it was -->")
    kept.unlink()
    assert workflows.report_page(found.run_id, "en") == before


def test_a_batch_without_labels_or_time_has_a_report_that_says_so(lifecycle_home, tmp_path):
    rows = workflows.split_of(workflows.latest_prepared("kobe").run_id)[0].test.drop(columns="shot_made_flag")
    path = tmp_path / "no labels <i>.parquet"
    rows.to_parquet(path, index=False)
    scored = workflows.score("kobe", str(path))
    report = workflows.report(workflows.monitor("kobe", scored.run_id).run_id)
    page = markdown(report, "en")
    assert "There are too few labels to say how the model does." in page
    assert "## Over time" not in page
    assert "no labels \\<i\\>.parquet" in page
    assert "no labels &lt;i&gt;.parquet" in html(report, "pt_BR")
