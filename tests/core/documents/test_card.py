"""A version's card holds what is recorded of it, in both languages, and is kept with it."""

from __future__ import annotations

import re

from sklearn.metrics import confusion_matrix

from core import workflows
from core.data.drafting import Roles
from core.documents.document import Chart, Document, Table, said
from core.documents.html import html
from core.documents.markdown import markdown
from core.metrics.registry import METRICS
from core.store import settings, tracking
from core.text.language import LANGUAGES, number
from tests.loans import loans

LIMIT = 1_000_000


def table(document: Document, caption: str) -> dict[str, list[str]]:
    """The rows of a table by their first cell, as an English reader sees them."""
    tables = [part for section in document.sections for part in section.parts if isinstance(part, Table)]
    found = next(one for one in tables if said(one.caption, "en") == caption)
    return {said(row[0], "en"): [said(cell, "en") for cell in row[1:]] for row in found.rows}


def text(document: Document, language: str = "en") -> str:
    return re.sub(r"\\(.)", r"\1", markdown(document, language))


def test_every_metric_on_the_card_is_the_recorded_one_with_its_interval(lifecycle_home):
    version = workflows.versions("kobe")[0]
    metrics = tracking.get(settings.load(), version.run_id).metrics
    rows = table(workflows.card("kobe", 1), "How good it is, whatever the threshold")
    for name in ("skill", "log_loss", "roc_auc", "average_precision", "brier", "ece"):
        title, spec = METRICS[name].title, METRICS[name].spec
        value, low, high = (number(metrics[f"test_{name}{end}"], spec, "en") for end in ("", "_low", "_high"))
        assert rows[str(title)] == [value, f"{low} to {high}", number(metrics[f"cv_{name}_mean"], spec, "en")]
    constant = workflows.latest_trained("kobe").constant_log_loss
    assert rows["Log loss of the best constant"][0] == number(constant, ".4f", "en")


def test_the_card_says_on_which_ranges_the_model_was_trained(lifecycle_home):
    train = workflows.split_of(workflows.latest_prepared("kobe").run_id)[0].train
    rows = table(workflows.card("kobe", 1), "What it was trained on")
    low, high = (number(float(end), ".6g", "en") for end in (train["lat"].min(), train["lat"].max()))
    assert rows["Latitude"][1] == f"{low} to {high}"
    assert rows["Shot distance, ft"][1] == f"{int(train['shot_distance'].min())} to {int(train['shot_distance'].max())}"


def test_the_card_counts_what_the_threshold_does_to_the_test_rows(lifecycle_home):
    version = workflows.register("kobe", "lr", threshold=0.4)
    rows = workflows.reference(version)
    counted = confusion_matrix(rows["shot_made_flag"], rows["probability"] >= 0.4)
    found = table(workflows.card("kobe", version.version), "Outcomes and predictions on the test rows")
    assert [[int(cell.replace(",", "")) for cell in found[name]] for name in ("Was negative", "Was positive")] == (
        counted.tolist()
    )


def test_the_card_names_data_source_and_what_came_of_the_version_since(lifecycle_home):
    prepared = workflows.latest_prepared("kobe")
    card = workflows.card("kobe", 1)
    rows = table(card, "The rows behind it")
    assert rows["Rows read"] == ["24,271"]
    assert rows["Training rows"] == [f"16,228, {number(prepared.target_rate_train, '.1%', 'en')} of them positive"]
    steps = table(card, "From the file on, each step after those it was made from")
    assert list(steps) == ["File", "Contract", "Preparation", "Training", "Candidate", "Version", "Batch", "Assessment"]
    assert steps["Assessment"][0] == "Verdict: Retrain"
    assert re.fullmatch(r"sha256 [0-9a-f]{64}", steps["File"][1])


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


def test_a_retrained_version_names_both_sources(lifecycle_home):
    workflows.retrain("kobe", folds=3, iterations=2)
    card = workflows.card("kobe", 2)
    steps = text(card)
    assert "dataset_kobe_dev.parquet, 24,271 rows" in steps
    assert "Batch dataset_kobe_prod.parquet, 6,426 rows" in steps
    assert table(card, "The rows behind it")["Source"] == ["dataset_kobe_dev.parquet + dataset_kobe_prod.parquet"]


def test_the_card_is_in_the_readers_language_with_the_same_figures(lifecycle_home):
    card = workflows.card("kobe", 1)
    english, portuguese = (text(card, language) for language in LANGUAGES)
    assert "# Ficha do modelo: Arremessos do Kobe, versão 1" in portuguese
    assert "| Distância, pés |" in portuguese
    for heading in ("Finalidade", "Métricas", "Limites", "Limiar", "Calibração", "Piores fatias", "Dados", "Linhagem"):
        assert f"## {heading}\n" in portuguese
    digits = [re.sub(r"[.,]", "", figure) for figure in re.findall(r"\d[\d.,]*\d", english)]
    assert digits == [re.sub(r"[.,]", "", figure) for figure in re.findall(r"\d[\d.,]*\d", portuguese)]


def test_a_table_of_another_kind_has_a_card_too(store):
    rows = loans(1_500, seed=3)
    path = workflows.upload("loans & <b>.parquet", rows.to_parquet(index=False))
    workflows.create_project(str(path), Roles("default?", "yes", id="loan id", time="opened"), name="loans")
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
