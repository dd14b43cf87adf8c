"""What a report says of the batches before its own."""

from __future__ import annotations

from core import workflows
from core.documents.markdown import markdown
from core.store import settings, tracking
from core.text.language import number
from tests.documents import LIMIT, table


def test_the_report_follows_the_skill_from_batch_to_batch_up_to_its_own(lifecycle_home, tmp_path):
    first = workflows.latest_monitored("kobe")
    assert "Skill by batch" not in markdown(workflows.report(first.run_id), "en")
    rows = workflows.split_of(workflows.latest_prepared("kobe").run_id)[0].test
    rows.to_parquet(tmp_path / "again.parquet", index=False)
    scored = workflows.score("kobe", str(tmp_path / "again.parquet"))
    found = workflows.monitor("kobe", scored.run_id)
    report = workflows.report(found.run_id)
    followed = table(report, "Skill by batch")
    assert [*followed] == [first.batch, "again.parquet"]
    assert followed["again.parquet"][:3] == ["1", "4,057", "4,057"]
    assert followed["again.parquet"][4] == number(scored.metrics["skill"], "+.1%", "en")
    assert "Skill by batch" not in markdown(workflows.report(first.run_id), "en")
    kept = tracking.artifact(settings.load(), found.run_id, "report_pt_BR.html").read_text()
    assert len(kept.encode()) < LIMIT
