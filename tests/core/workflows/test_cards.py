"""Cards of versions: kept as they were registered, with what they missed and why they were taken."""

from __future__ import annotations

from dataclasses import replace

from core import workflows
from core.documents.document import Chart
from core.documents.html import html
from core.documents.markdown import markdown
from core.store import settings, tracking
from core.text.language import LANGUAGES, translate
from core.text.messages import message
from tests.documents import LIMIT, table, text
from tests.loans import ROLES, loans


def test_the_card_kept_with_the_version_is_that_of_its_registration(lifecycle_home):
    place, version = settings.load(), workflows.versions("kobe")[0]
    for language in LANGUAGES:
        for kind in ("md", "html"):
            kept = tracking.artifact(place, version.run_id, f"version_1_card_{language}.{kind}").read_text()
            assert len(kept.encode()) < LIMIT
            assert "sha256" in kept
            # Scored and assessed after it was registered: the page's card knows, this one does not.
            assert "dataset_kobe_prod" not in kept.replace("\\", "")
    assert "dataset_kobe_prod" in text(workflows.card("kobe", 1))
    told = tracking.client(place).get_model_version("kobe", "1").description
    assert told.startswith("# Model card: Kobe shots, version 1")
    assert len(told) <= 5_000


def test_a_version_that_missed_the_gate_says_so_with_the_reason_given(lifecycle_home):
    assert "although it misses" not in text(workflows.card("kobe", 1))
    version = workflows.register("kobe", "dt", reason="to show what <b>overfitting</b> does")
    said_so = text(workflows.card("kobe", version.version))
    assert "although it misses what a version needs" in said_so
    assert "to show what <b>overfitting</b> does" in said_so
    assert "o intervalo inteiro deve ficar acima de 0" in text(workflows.card("kobe", version.version), "pt_BR")
    page = html(workflows.card("kobe", version.version), "en")
    assert "to show what &lt;b&gt;overfitting&lt;/b&gt; does" in page


def test_a_retrained_version_names_both_sources(retrained):
    card = workflows.card("kobe", 2)
    steps = text(card)
    assert "dataset_kobe_dev.parquet, 24,271 rows" in steps
    assert "Batch dataset_kobe_prod.parquet, 6,426 rows" in steps
    assert table(card, "The rows behind it")["Source"] == ["dataset_kobe_dev.parquet + dataset_kobe_prod.parquet"]


def test_a_table_of_another_kind_has_a_card_too(store):
    rows = loans(1_500, seed=3)
    path = workflows.upload("loans & <b>.parquet", rows.to_parquet(index=False))
    workflows.create_project(str(path), ROLES, name="loans")
    workflows.prepare("loans", str(path))
    workflows.train("loans", candidates=["lr"], folds=3)
    version = workflows.register("loans", reason="to look at it")
    card = workflows.card("loans", version.version)
    trained = table(card, "What it was trained on")
    assert trained["grade [A-D]"][1] == "A, B, C, D"
    assert "finalité" in trained
    charts = [part for section in card.sections for part in section.parts if isinstance(part, Chart)]
    assert charts
    assert len(html(card, "pt_BR").encode()) < LIMIT


def test_a_sentence_of_the_core_is_a_reason_that_either_language_can_read(lifecycle_home):
    why = message("Made by retraining on {batch}, to be compared with the champion.", batch="May")
    version = workflows.register("kobe", "dt", reason=why)
    assert version.tags["gate_reason"] == str(why)
    assert workflows.why_despite(version) == why
    for language in ("en", "pt_BR"):
        assert translate(why, language) in markdown(workflows.card("kobe", version.version), language)


def test_a_version_of_an_older_courtside_says_what_it_kept(lifecycle_home):
    version = workflows.register("kobe", "dt", reason="to see")
    older = replace(version, tags={key: text for key, text in version.tags.items() if not key.endswith("_messages")})
    assert workflows.missed(older) == tuple(version.tags["gate_misses"].split("\n"))
    assert workflows.why_despite(older) == "to see"
    assert workflows.missed(workflows.versions("kobe")[-1]) == ()
