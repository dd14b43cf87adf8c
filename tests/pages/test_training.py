"""The training page: what a link chooses of it."""

from __future__ import annotations

import json

from core import workflows
from core.store import settings, tracking
from core.text.language import translate
from core.text.messages import message
from core.workflows.runs import Artifact
from tests.app import opened, words


def test_one_link_lays_every_other_candidate_over_the_one_looked_at(lifecycle_home):
    for over, lines in (("", 1), ("dt", 2), ("all", 4), ("nobody,all", 4)):
        page = opened("pages/training.py", show="ranking", over=over)
        roc = json.loads(page.get("plotly_chart")[1].proto.spec)
        assert len(roc["data"]) == lines


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


def test_folds_that_could_not_follow_the_split_are_told_where_the_recommendation_is_explained(lifecycle_home):
    quick = {"candidates": ["lr"], "folds": 2, "iterations": 1}
    prepared = workflows.prepare("kobe", "kobe-dev", strategy="group").run_id
    workflows.train("kobe", prepared, **quick)
    assert "folds are drawn at random" not in words(opened("pages/training.py"))
    # As a preparation of before these were kept.
    tracking.artifact(settings.load(), prepared, Artifact.TRAIN_IDENTITY).unlink()
    workflows.train("kobe", prepared, **quick)
    told = "The groups of the training rows are unknown: folds are drawn at random. Prepare the data again."
    assert told in words(opened("pages/training.py"))
    assert translate(message(told), "pt_BR") in words(opened("pages/training.py", lang="pt_BR"))
