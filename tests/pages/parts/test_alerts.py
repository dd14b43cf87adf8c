"""The overview's banner says who asks, and what became of the alert."""

from __future__ import annotations

import pytest

from core import workflows
from tests.app import button, opened, words


def test_the_banner_says_who_asks_and_leaves_with_the_champion_it_is_about(lifecycle_home):
    assert "the verdict and the policy both ask for action" in words(opened("Home.py"))
    workflows.register("kobe", "dt_tuned")
    workflows.promote("kobe", 2)
    assert "**Alert**" not in words(opened("Home.py"))


@pytest.mark.parametrize("page", ["Home.py", "pages/monitoring.py"])
def test_a_delivery_that_failed_is_shown_and_can_be_sent_again(lifecycle_home, monkeypatch, page):
    monkeypatch.setenv("COURTSIDE_WEBHOOK_URL", "ftp://nowhere/secret")
    workflows.monitor("kobe")
    shown = opened(page, show="policy")
    # On the overview the words show on hover: its banner keeps to one line.
    said = "\n".join([words(shown), *(item.proto.help for item in shown.markdown)]).replace("\\", "")
    assert "Webhook was not tried: COURTSIDE_WEBHOOK_URL is no address" in said
    assert "secret" not in said
    assert not button(shown, "Send again").disabled
