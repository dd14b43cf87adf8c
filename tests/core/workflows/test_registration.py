"""The gate before a version, promotions and roll-backs with evidence, and two people who promote at once."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from core import workflows
from core.documents.markdown import markdown
from core.metrics.challenge import Comparison
from core.store import settings, sources, tables, tracking
from core.store.settings import HOUSE
from core.text.errors import CourtsideError
from core.text.language import translate
from core.text.messages import message
from core.training import gate
from core.workflows import scoring
from core.workflows.runs import Artifact

GOOD = {
    "test_skill": 0.1, "test_skill_low": 0.05, "test_skill_high": 0.15,
    "test_ece": 0.02, "test_ece_low": 0.0, "test_ece_high": 0.04,
}  # fmt: skip


# The gate


def test_a_good_candidate_misses_nothing():
    assert gate.misses(GOOD, "aaaa", "aaaa") == gate.misses(GOOD, "aaaa") == ()


@pytest.mark.parametrize(
    ("metrics", "champions", "said"),
    [
        ({"test_skill_low": -0.01}, "", "+10.0\xa0% [\u22121.0\xa0%, +15.0\xa0%]; its whole interval must lie above 0"),
        ({"test_ece": 0.09, "test_ece_low": 0.06}, "", "0.090 [0.060, 0.040]; at most 0.05"),
        ({}, "bbbb", "under contract aaaa; the champion's is bbbb"),
    ],
)
def test_a_miss_is_named_with_its_figure_and_its_limit(metrics, champions, said):
    (found,) = gate.misses(GOOD | metrics, "aaaa", champions)
    assert said in str(found)


def test_a_calibration_error_that_chance_explains_and_a_skill_that_nobody_knows():
    assert gate.misses(GOOD | {"test_ece": 0.09, "test_ece_low": 0.0}, "aaaa") == ()
    assert "not known" in str(gate.misses({}, "aaaa")[0])


def test_what_misses_the_gate_is_registered_with_a_reason_only_and_the_version_keeps_both(lifecycle_home):
    with pytest.raises(CourtsideError, match=r"Its skill on test is .+ must lie above 0") as refused:
        workflows.register("kobe", "dt", reason="  ")
    assert "write down why" in str(refused.value.hint)
    assert len(workflows.versions("kobe")) == 1
    version = workflows.register("kobe", "dt", reason="to show what overfits")
    assert version.tags["gate_reason"] == "to show what overfits"
    assert "Its skill on test" in version.tags["gate_misses"]
    assert "gate_reason" not in workflows.register("kobe", "lr", reason="not needed").tags
    assert workflows.why_despite(version) == "to show what overfits"
    (miss,) = [text for text in workflows.missed(version) if "skill" in str(text)]
    assert "ganho" in translate(miss, "pt_BR")
    assert str(miss) in version.tags["gate_misses"]


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


# Promote and roll back


@pytest.fixture
def two(lifecycle_home):
    """Version 1 is champion, version 2 is a tuned tree at 0.4."""
    return workflows.register("kobe", "dt_tuned", threshold=0.4)


def test_a_promotion_is_a_run_with_before_after_reason_who_and_the_evidence(two):
    workflows.promote("kobe", 2, reason="the tree reads better", who="Ana", expected=1)
    change, first = workflows.changes("kobe")
    assert (change.kind, change.before, change.after) == ("Promocao", 1, 2)
    assert (change.threshold_before, change.threshold_after) == (0.5, 0.4)
    assert (change.reason, change.who, change.guard) == ("the tree reads better", "Ana", "against")
    assert (first.before, first.after, first.guard, first.threshold_before) == (0, 1, "", None)
    assert first.who == tracking.get(settings.load(), first.run_id).tags[tracking.USER]
    kept = Comparison.from_dict(tracking.read_json(settings.load(), change.run_id, Artifact.COMPARISON))
    assert kept.test.rows == 4057
    assert not kept.guard.ok


def test_a_roll_back_restores_version_threshold_and_monitoring_reference(two):
    before = scoring.reference(workflows.champion("kobe"))
    workflows.promote("kobe", 2)
    assert workflows.score("kobe", "kobe-prod").threshold == 0.4
    assert not scoring.reference(workflows.champion("kobe")).equals(before)
    workflows.rollback("kobe", reason="worse on threes", who="Rui", expected=2)
    champion = workflows.champion("kobe")
    assert (champion.version, champion.threshold) == (1, 0.5)
    assert scoring.reference(champion).equals(before)
    again = workflows.score("kobe", "kobe-prod")
    assert (again.version, again.threshold) == (1, 0.5)
    last = workflows.changes("kobe")[0]
    assert (last.kind, last.before, last.after, last.who, last.reason) == ("Reversao", 2, 1, "Rui", "worse on threes")


def test_promoting_the_champion_changes_nothing(lifecycle_home):
    before = workflows.changes("kobe")
    assert workflows.promote("kobe", 1).alias == "champion"
    assert workflows.changes("kobe") == before


def test_a_decision_against_a_champion_that_has_changed_is_refused_and_leaves_no_run(two):
    workflows.register("kobe", "lr")
    workflows.promote("kobe", 2, who="Ana")
    before = workflows.changes("kobe")
    for late in (
        lambda: workflows.promote("kobe", 3, expected=1),
        lambda: workflows.rollback("kobe", expected=1),
    ):
        with pytest.raises(CourtsideError, match="Meanwhile Ana made version 2 the champion"):
            late()
    assert workflows.champion("kobe").version == 2
    assert workflows.changes("kobe") == before


def test_of_two_processes_that_promote_at_once_one_wins_and_the_other_is_told(two, workspace):
    workflows.register("kobe", "lr")
    code = (
        "import sys; from core import workflows; from core.text.errors import CourtsideError\n"
        "workflows.versions('kobe'); print('ready', flush=True); sys.stdin.readline()\n"
        "try:\n    print('won', workflows.promote('kobe', {version}, who='p{version}', expected=1).version)\n"
        "except CourtsideError as told:\n    print('told', told.message)\n"
    )
    people = [
        subprocess.Popen(
            [sys.executable, "-c", code.format(version=version)],
            cwd=HOUSE, env=os.environ | {"COURTSIDE_HOME": str(workspace)}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        for version in (2, 3)
    ]  # fmt: skip
    for one in people:
        assert one.stdout.readline() == "ready\n"
    for one in people:
        one.stdin.write("go\n")
        one.stdin.flush()
    told, won = sorted(one.communicate(timeout=120)[0].strip() for one in people)
    winner = int(won.removeprefix("won "))
    assert told == f"told Meanwhile p{winner} made version {winner} the champion."
    assert workflows.champion("kobe").version == winner
    assert len(workflows.changes("kobe")) == 2


def test_the_history_as_csv_runs_nothing_in_a_spreadsheet(two):
    workflows.promote("kobe", 2, reason="=HYPERLINK(1)", who="@ana")
    rows = list(csv.DictReader(io.StringIO(workflows.changes_csv("kobe").decode("utf-8-sig"))))
    assert [(row["kind"], row["before"], row["after"]) for row in rows] == [
        ("Promocao", "1", "2"),
        ("Promocao", "0", "1"),
    ]
    assert (rows[0]["reason"], rows[0]["who"]) == ("'=HYPERLINK(1)", "'@ana")


# Challenger against champion


def test_a_version_of_the_same_split_leaves_out_no_test_row_and_of_another_split_those_it_has_seen(two):
    same = workflows.compare("kobe", 2)
    assert (same.champion, same.challenger, same.batch) == (1, 2, "dataset_kobe_prod.parquet")
    assert (same.comparison.test.rows, same.comparison.test.left_out) == (4057, 0)
    assert same.comparison.production.rows + same.comparison.production.left_out == 5412
    workflows.prepare("kobe", "kobe-dev", seed=3)
    workflows.train("kobe", candidates=("lr",), folds=3, iterations=2)
    workflows.register("kobe", "lr")
    other = workflows.compare("kobe", 3).comparison.test
    # About four in five of the champion's test rows are training rows of a split with another seed.
    assert 0.5 < other.left_out / 4057 < 0.9
    assert other.rows + other.left_out == 4057


def test_a_comparison_is_made_once_until_new_outcomes_come(two, tmp_path):
    rows = tables.read_table(sources.kobe(settings.load(), "prod")).dropna(subset=["shot_made_flag"]).head(1_000)
    rows.assign(shot_made_flag=None).to_parquet(tmp_path / "batch.parquet", index=False)
    batch = workflows.score("kobe", str(tmp_path / "batch.parquet")).run_id
    first = workflows.compare("kobe", 2)
    for count in (400, 700):
        rows[["shot_id", "shot_made_flag"]].head(count).to_parquet(tmp_path / "labels.parquet", index=False)
        workflows.add_labels("kobe", str(tmp_path / "labels.parquet"), scoring_run=batch)
        found = workflows.compare("kobe", 2)
        assert found.scoring_run == batch
        assert found.comparison.production.rows + found.comparison.production.left_out == count
    assert first.scoring_run != batch
    tracking.Run(batch, settings.load()).tags({"note": "the store has changed, and nothing that is compared"})
    assert workflows.compare("kobe", 2) is found


def test_a_retrained_challenger_is_compared_on_the_half_of_the_batch_that_was_held_out(lifecycle_home):
    retrained = workflows.retrain("kobe", candidates=["lr"], folds=3, iterations=2)
    found = workflows.compare("kobe", 2).comparison
    assert found.test.rows == retrained.comparison.test.rows == 4057
    assert found.production.rows <= 5412 / 2
    assert found.production.difference.high < 0
    assert found.guard.ok
    assert "less per row" in str(found.guard.sentences[1])


def test_the_newest_production_skill_of_each_version_is_known(two):
    assert set(workflows.production_skill("kobe")) == {1}
    workflows.score("kobe", "kobe-prod", version=2)
    found = workflows.production_skill("kobe")
    assert found[2] == workflows.latest_scored("kobe").skill
    assert found[1] != found[2]


def test_the_figures_of_all_versions_are_those_of_their_runs(two):
    found = workflows.version_metrics(workflows.versions("kobe"))
    for version in workflows.versions("kobe"):
        assert found[version.version] == tracking.get(settings.load(), version.run_id).metrics


def test_a_version_that_needs_other_columns_is_no_comparison_but_a_sentence(lifecycle_home):
    workflows.prepare("kobe", "kobe-dev", features=("lat", "shot_distance"))
    workflows.train("kobe", candidates=("lr",), folds=3, iterations=2)
    with pytest.raises(CourtsideError, match="It was trained under contract"):
        workflows.register("kobe", "lr")
    workflows.register("kobe", "lr", reason="fewer columns to ask for")
    assert workflows.compare("kobe", 2).comparison.test.rows == 4057
    workflows.promote("kobe", 2, reason="fewer columns to ask for")
    refused = workflows.compare("kobe", 1)
    assert "these lack" in str(refused.refusal)
    assert not refused.comparison.known
    workflows.promote("kobe", 1)
    assert workflows.changes("kobe")[0].guard == ""
