"""A version's card holds what is recorded of it, in both languages."""

from __future__ import annotations

import re

from sklearn.metrics import confusion_matrix

from core import __version__, workflows
from core.metrics.registry import METRICS
from core.store import settings, tracking
from core.text.language import LANGUAGES, number
from tests.documents import table, text


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


def test_the_card_is_in_the_readers_language_with_the_same_figures(lifecycle_home):
    card = workflows.card("kobe", 1)
    english, portuguese = (text(card, language) for language in LANGUAGES)
    assert "# Ficha do modelo: Arremessos do Kobe, versão 1" in portuguese
    assert "| Distância, pés |" in portuguese
    for heading in ("Finalidade", "Métricas", "Limites", "Limiar", "Calibração", "Piores fatias", "Dados", "Linhagem"):
        assert f"## {heading}\n" in portuguese
    digits = [re.sub(r"[.,]", "", figure) for figure in re.findall(r"\d[\d.,]*\d", english)]
    assert digits == [re.sub(r"[.,]", "", figure) for figure in re.findall(r"\d[\d.,]*\d", portuguese)]


def test_the_card_says_which_courtside_registered_the_version(lifecycle_home):
    assert f"It was registered with Courtside {__version__}." in text(workflows.card("kobe", 1))


def test_the_card_of_a_version_of_which_no_release_is_recorded_names_none(lifecycle_home):
    tracking.client(settings.load()).delete_model_version_tag("kobe", "1", "courtside_version")
    assert "registered with Courtside" not in text(workflows.card("kobe", 1))
