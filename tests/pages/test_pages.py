"""Every page as a script: the empty workspace, the finished lifecycle, each bad input."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pandas as pd
import pytest
import streamlit as st
from streamlit.runtime.fragment import _make_fragment_identity
from streamlit.testing.v1 import AppTest

from core import workflows
from core.data.drafting import Roles
from core.store import settings, sources, tables, tracking
from core.text.language import translate
from pages.parts import work
from pages.parts.state import plain
from tests.loans import loans

PAGES = {
    "Home.py": "overview",
    "pages/data_preparation.py": "data_preparation",
    "pages/training.py": "training",
    "pages/model_registry.py": "model_registry",
    "pages/production_scoring.py": "production_scoring",
    "pages/monitoring.py": "monitoring",
}


@pytest.fixture(autouse=True)
def closed_queue():
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    work.queue().close()
    st.cache_resource.clear()


def opened(page: str, **choices: str) -> AppTest:
    test = AppTest.from_file(str(settings.HOUSE / "Home.py"), default_timeout=60)
    if page != "Home.py":
        test.switch_page(page)
    for key, value in {"project": "kobe", "lang": "en", **choices}.items():
        test.query_params[key] = value
    test.run()
    assert not test.exception
    return test


def words(test: AppTest) -> str:
    """Everything the page says in markdown, figures and messages."""
    shown = [item.value for kind in (test.markdown, test.caption, test.error, test.warning) for item in kind]
    # What a file calls its columns and values is escaped, so that markdown shows it as it is.
    return "\n".join([*shown, *(f"{item.label}: {item.value}" for item in test.metric)]).replace("\\", "")


def heading(test: AppTest) -> str:
    return next(item.value for item in test.markdown if item.value.startswith("# "))


def button(test: AppTest, label: str):
    return next(item for item in test.button if item.label == label)


def runs() -> int:
    return len(tracking.runs(settings.load(), "kobe", limit=200, finished=False))


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("Home.py", "Take a classifier through its whole life"),
        ("pages/data_preparation.py", "No data is prepared yet"),
        ("pages/training.py", "Nothing is prepared yet."),
        ("pages/model_registry.py", "Nothing is trained yet."),
        ("pages/production_scoring.py", "kobe has no champion yet."),
        ("pages/monitoring.py", "No batch is scored yet."),
    ],
)
def test_an_empty_workspace_says_what_will_appear_and_where_to_go(workspace, page, said):
    test = opened(page)
    assert heading(test) == f"# {said}"
    assert not test.error
    assert any(item.label.startswith(("Go to", "Try it", "Prepare")) for item in test.button)


@pytest.mark.parametrize(
    ("page", "title", "facts"),
    [
        (
            "Home.py",
            "The model does not fit this batch",
            ["20,285 labelled rows", "16,228 train · 4,057 test", "6,426 rows"],
        ),
        (
            "pages/data_preparation.py",
            "20,285 rows are ready to train on",
            ["Rows in: 24,271", "Dropped for a null: 3,986"],
        ),
        (
            "pages/training.py",
            "does best",
            ["on training rows that it had not seen", "AUC on test", "Calibration error"],
        ),
        ("pages/model_registry.py", "Version 1 is champion", ["Logistic regression, skill +2.4"]),
        ("pages/production_scoring.py", "6,426 of 6,426 rows scored", ["With a label: 5,412", "F1 at 0.5: 0.000"]),
        (
            "pages/monitoring.py",
            "The model does not fit this batch",
            ["Shot distance (by 2.0", "3 of 6 features changed", "Estimate without labels: withheld"],
        ),
    ],
)
def test_a_finished_lifecycle_is_answered_first(lifecycle_home, page, title, facts):
    test = opened(page)
    assert title in heading(test)
    for fact in facts:
        assert fact in words(test)
    assert not test.error


@pytest.mark.parametrize("page", PAGES)
def test_every_page_speaks_portuguese(lifecycle_home, page):
    english, portuguese = opened(page), opened(page, lang="pt_BR")
    assert heading(english) != heading(portuguese)
    assert not portuguese.error


def test_the_overview_says_what_is_under_way_and_offers_no_other_step(lifecycle_home, monkeypatch):
    monkeypatch.setattr(work, "under_way", lambda project: "Training")
    test = opened("Home.py")
    assert heading(test) == "# Training is under way"
    assert "Skill on test" in words(test)
    assert not any(item.label.startswith(("Go to", "Retrain")) for item in test.button)


def test_the_overview_says_the_verdict_in_the_readers_language(lifecycle_home):
    headline = workflows.latest_monitored("kobe").assessment.headline
    assert translate(headline, "pt_BR") in heading(opened("Home.py", lang="pt_BR"))


@pytest.mark.parametrize(
    ("page", "show", "fact"),
    [
        ("pages/monitoring.py", "labels", "No trustworthy estimate, because"),
        ("pages/monitoring.py", "labels", "Rows to label: "),
        ("pages/monitoring.py", "slices", "slices together (Bonferroni)"),
        ("pages/monitoring.py", "performance", "#### Skill by season, with 95 % band"),
        ("pages/monitoring.py", "importance", "certain: Shot distance. A feature is worth"),
        ("pages/monitoring.py", "replay", "Which way to retrain would have served best?"),
        ("pages/monitoring.py", "policy", "1 of 1** batches would have asked"),
        ("pages/training.py", "ranking", "Precision and recall"),
        ("pages/training.py", "threshold", "Where to draw the line"),
        ("pages/training.py", "features", "What it loses without a feature"),
        ("pages/training.py", "stability", "Would more rows help?"),
        ("pages/training.py", "court", "What it predicts"),
    ],
)
def test_a_link_opens_the_view_it_names(lifecycle_home, page, show, fact):
    for language in ("en", "pt_BR"):
        test = opened(page, show=show, lang=language)
        assert not test.error
        assert language != "en" or fact in words(test)


def test_one_link_lays_every_other_candidate_over_the_one_looked_at(lifecycle_home):
    for over, lines in (("", 1), ("dt", 2), ("all", 4), ("nobody,all", 4)):
        page = opened("pages/training.py", show="ranking", over=over)
        roc = json.loads(page.get("plotly_chart")[1].proto.spec)
        assert len(roc["data"]) == lines


def test_no_slice_goes_by_the_name_that_a_file_has_for_it(lifecycle_home):
    named = set(opened("pages/monitoring.py", show="slices", lang="pt_BR").dataframe[-1].value["Vari\u00e1vel"])
    assert {"Dist\u00e2ncia", "Temporada", "Ano"} <= named
    assert not {"shot_distance", "season", "game_date", "matchup"} & named


def test_each_fact_of_a_verdict_leads_to_the_view_that_shows_it(lifecycle_home):
    facts = workflows.latest_monitored("kobe").assessment.facts
    assert [fact.chart for fact in facts] == ["drift", "drift", "prediction", "support", "skill", "roc_auc"]
    shown = {
        "drift": "What changed, by drift",
        "support": "Can the two be told apart?",
        "roc_auc": "#### AUC by season",
    }
    for place, fact in enumerate(facts):
        if fact.chart in shown:
            page = opened("pages/monitoring.py", show="slices")
            assert str(fact.reason) in words(page)
            page.button(key=f"fact-{place}").click().run()
            assert not page.exception
            assert shown[fact.chart] in words(page)
            assert page.query_params["show"] != ["slices"]


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"metric": "log_loss", "by": "month"}, "#### Log loss by month"),
        ({"metric": "f1", "by": "year"}, "at the version's threshold"),
        ({"metric": "ece", "by": "rows", "rows": "1000"}, "#### Calibration error by rows"),
        ({"metric": "brier", "by": "batches"}, "#### Brier by batch"),
        ({"metric": "nonsense", "by": "nonsense", "rows": "-1"}, "#### Skill by season"),
        ({"by": "rows", "rows": "nonsense"}, "#### Skill by rows"),
    ],
)
def test_a_link_says_which_metric_and_which_windows_are_followed(lifecycle_home, choices, said):
    page = opened("pages/monitoring.py", show="performance", **choices)
    assert not page.error
    assert said in words(page)


def test_what_a_file_holds_is_shown_letter_for_letter_in_the_facts(lifecycle_home):
    run_id = workflows.latest_monitored("kobe").run_id
    path = tracking.artifact(settings.load(), run_id, "assessment.json")
    stored = json.loads(path.read_text())
    stored["facts"][0]["reason"]["values"]["features"] = ["[zone](http://example.org) *$x$*"]
    path.write_text(json.dumps(stored))
    page = opened("pages/monitoring.py", show="slices")
    shown = next(item.value for item in page.markdown if "zone" in item.value)
    assert r"\[zone\]\(http\://example\.org\) \*\$x\$\*" in shown


def test_an_assessment_of_an_older_courtside_is_still_shown(lifecycle_home):
    run_id = workflows.latest_monitored("kobe").run_id
    place = settings.load()
    path = tracking.artifact(place, run_id, "assessment.json")
    stored = json.loads(path.read_text())
    facts = stored.pop("facts")
    del stored["changed"]
    for one in (*stored["drift"], stored["prediction"]):
        del one["importance"]
    path.write_text(json.dumps({**stored, "reasons": [fact["reason"] for fact in facts], "quality": []}))
    for name in ("importance_changes.json", "unlabelled.json"):
        tracking.artifact(place, run_id, name).unlink()
    for show in ("changes", "performance", "slices", "importance", "labels"):
        page = opened("pages/monitoring.py", show=show)
        assert not page.error
        assert "Shot distance (by 2.0" in words(page)


def test_a_link_to_a_run_that_does_not_exist_is_one_message(lifecycle_home):
    test = opened("pages/training.py", run="nowhere")
    assert len(test.error) == 1
    assert test.error[0].value.startswith("There is no run nowhere in this store.\n\nChoose a run from the list")
    (formatted,) = opened("pages/training.py", run="*a*[b](c)").error
    assert formatted.value.startswith(r"There is no run \*a\*\[b\]\(c\) in this store.")


def test_a_link_reproduces_the_candidate_that_was_looked_at(lifecycle_home):
    test = opened("pages/training.py", candidate="dt")
    assert test.selectbox(key="candidate-picked").value == "dt"
    assert "Log loss on test: 13." in words(test)


def table(**changes) -> pd.DataFrame:
    return tables.read_table(sources.kobe(settings.load(), "dev")).head(400).assign(**changes)


def parquet(frame: pd.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.to_parquet(content, index=False)
    return content.getvalue()


BAD = {
    "text named parquet": (lambda: b"not a table", "is not a parquet file"),
    "truncated": (lambda: parquet(table())[:5000], "damaged"),
    "renamed": (lambda: parquet(table().rename(columns={"shot_distance": "shot_dist"})), "is it shot_dist?"),
    "missing columns": (lambda: parquet(table().drop(columns=["lat", "period"])), "column period is missing"),
    "wrong type": (lambda: parquet(table(period="first")), "should hold whole numbers"),
    "no rows": (lambda: parquet(table().head(0)), "it has no rows"),
}
TRAIN_ONLY = {
    "null target": (lambda: parquet(table(shot_made_flag=float("nan"))), "has no value in any row"),
    "one class": (lambda: parquet(table(shot_made_flag=1.0)), "has one outcome only"),
}


@pytest.mark.parametrize("case", [*BAD, *TRAIN_ONLY])
def test_a_bad_table_to_prepare_is_one_message_and_changes_nothing(lifecycle_home, case):
    make, said = {**BAD, **TRAIN_ONLY}[case]
    before = runs()
    test = opened("pages/data_preparation.py")
    test.file_uploader(key="upload-train").set_value(("table.parquet", make(), "application/octet-stream")).run()
    button(test, "Prepare").click().run()
    assert len(test.error) == 1
    assert said in test.error[0].value.replace("\\", "")
    assert not test.exception
    assert runs() == before


@pytest.mark.parametrize("case", BAD)
def test_a_bad_batch_to_score_is_one_message_and_changes_nothing(lifecycle_home, case):
    make, said = BAD[case]
    before = runs()
    test = opened("pages/production_scoring.py")
    test.file_uploader(key="upload-production").set_value(("batch.parquet", make(), "application/octet-stream")).run()
    button(test, "Score").click().run()
    assert len(test.error) == 1
    assert said in test.error[0].value.replace("\\", "")
    assert runs() == before


def test_a_good_upload_is_prepared(lifecycle_home):
    test = opened("pages/data_preparation.py")
    rows = parquet(tables.read_table(sources.kobe(settings.load(), "dev")).head(3000))
    test.file_uploader(key="upload-train").set_value(("shots.parquet", rows, "application/octet-stream")).run()
    button(test, "Prepare").click().run()
    assert "rows are ready to train on" in heading(test)
    assert workflows.latest_prepared("kobe").rows_raw == 3000


def test_a_candidate_is_registered_and_promoting_it_asks_first(lifecycle_home):
    test = opened("pages/training.py", candidate="dt_tuned")
    button(test, "Register this candidate").click().run()
    assert [item.version for item in workflows.versions("kobe")] == [2, 1]
    test = opened("pages/model_registry.py")
    button(test, "Promote version 2").click().run()
    assert "Every batch scored from now on is scored by version 2, at threshold 0.5." in words(test)
    assert workflows.champion("kobe").version == 1


def test_a_single_case_outside_the_training_data_is_warned_of(lifecycle_home):
    near = opened("pages/production_scoring.py", view="single", x="0", y="100")
    far = opened("pages/production_scoring.py", view="single", x="0", y="400")
    assert "A shot from 10 ft goes in" in heading(near)
    assert not near.warning
    assert "No trustworthy answer" in heading(far)
    assert "what the model has seen. Do not rely on this figure." in far.warning[0].value


def test_a_bug_is_a_short_reference_and_no_traceback(lifecycle_home, monkeypatch):
    monkeypatch.setattr(workflows, "versions", _broken)
    test = opened("pages/model_registry.py")
    assert len(test.error) == 1
    assert "Something went wrong on our side" in test.error[0].value
    assert "ZeroDivisionError" not in words(test)


def _broken(project: str):
    return 1 / 0


# Any table


@pytest.fixture
def loan_project(store, tmp_path) -> str:
    path = tmp_path / "loans.csv"
    table = loans(600, 1)
    table["copy"] = (table["default?"] == "yes") * 2.0
    table.loc[3, "loan id"] = table.loc[2, "loan id"]
    table.to_csv(path, index=False)
    workflows.create_project(str(path), Roles("default?", "yes", id="loan id", time="opened"), name="loans")
    return str(path)


def test_a_new_project_is_asked_for_step_by_step(store, tmp_path):
    page = opened("pages/data_preparation.py", view="new")
    assert heading(page) == "# Which question does your table answer?"
    loans(300, 1).to_csv(tmp_path / "loans.csv", index=False)
    page.text_input(key="path-new").set_value(str(tmp_path / "loans.csv")).run()
    assert next(box for box in page.selectbox if box.label.startswith("Target")).value == "default?"
    next(field for field in page.text_input if field.label == "Name of the project").set_value("loans").run()
    button(page, "Create the project").click().run()
    assert not page.exception
    assert "loans" in workflows.projects()


@pytest.mark.parametrize("path", ["/nowhere/table.csv", "s3://", "http://127.0.0.1:9/x.csv", "carrier-pigeon://x"])
def test_a_table_that_can_not_be_had_for_a_new_project_is_one_message(store, path):
    page = opened("pages/data_preparation.py", view="new")
    page.text_input(key="path-new").set_value(path).run()
    assert not page.exception
    assert len(page.error) == 1
    assert "went wrong on our side" not in page.error[0].value


def test_cautions_come_with_one_click_that_mends_them(loan_project):
    workflows.prepare("loans", loan_project)
    page = opened("pages/data_preparation.py", project="loans")
    assert "copy alone tells the outcome with an AUC of 1.000" in words(page)
    assert "Rejected by the contract: 1" in words(page)
    button(page, "Leave this feature out").click().run()
    assert not page.exception
    assert "alone tells the outcome" not in words(page)
    assert "copy" not in workflows.latest_prepared("loans").features


@pytest.mark.parametrize("view", ["columns", "share", "contract", "nonsense"])
def test_each_view_of_a_preparation_has_a_link(loan_project, view):
    workflows.prepare("loans", loan_project)
    page = opened("pages/data_preparation.py", project="loans", show=view)
    said = {"columns": "#### Columns", "share": "the luck of the split alone", "contract": "#### Contract"}
    assert said.get(view, "#### Train and test") in words(page)


def test_a_preview_saves_nothing(loan_project):
    page = opened("pages/data_preparation.py", project="loans", data=loan_project)
    assert page.text_input(key="path-train").value == loan_project
    next(box for box in page.selectbox if box.label == "How to split").set_value("time").run()
    button(page, "Preview").click().run()
    assert not page.exception
    assert "##### Preview, not saved" in words(page)
    assert "test rows" in words(page)
    assert runs() == 0


def test_a_title_that_a_user_typed_stays_though_a_shipped_contract_has_the_same(loan_project):
    first, *rest = workflows.project_contract("loans").features
    workflows.edit_contract("loans", [replace(first, label="Season"), *rest])
    workflows.prepare("loans", loan_project)
    page = opened("pages/data_preparation.py", project="loans", lang="pt_BR", show="columns")
    features = page.dataframe[0].value["Vari\u00e1vel"].tolist()
    assert "Season" in features
    assert "Temporada" not in features


def test_a_name_of_a_batch_is_letters_and_no_markdown(lifecycle_home, tmp_path):
    name = "*a*_[b](http:__c)$d$.parquet"
    tables.read_table(sources.kobe(settings.load(), "prod")).head(200).to_parquet(tmp_path / name)
    run = workflows.score("kobe", str(tmp_path / name))
    shown = plain(name)
    for test in (
        opened("Home.py"),
        opened("pages/production_scoring.py", batch=run.run_id),
        opened("pages/monitoring.py", batch=run.run_id),
    ):
        said = "\n".join(item.value for item in (*test.markdown, *test.caption))
        assert shown in said
        assert name not in said


def test_no_page_has_the_timer_of_another(lifecycle_home, monkeypatch):
    beats, real = [], st.fragment

    def watched(function=None, **options):
        if "run_every" in options:
            beats.append(_make_fragment_identity(function, delta_path="", additional_hash_info="").fragment_id)
        return real(function, **options)

    monkeypatch.setattr(st, "fragment", watched)
    for page in PAGES:
        opened(page)
    assert len(beats) == len(set(beats)) == len(PAGES)
