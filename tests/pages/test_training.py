"""The training page: what a link chooses of it."""

from __future__ import annotations

import json

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
