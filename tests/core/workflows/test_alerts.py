"""Alerts of a check: raised once, delivered for real, kept on record, and no secret with them."""

from __future__ import annotations

import logging
import sqlite3

import pytest

from core import workflows
from core.store import settings, tracking
from core.text.errors import CourtsideError
from tests.alerts import mail, received
from tests.listeners import hook, post


def no_wait(seconds: float) -> None:
    pass


def test_an_assessment_that_asks_for_action_raises_one_alert_and_one_that_does_not_raises_none(lifecycle_home):
    raised = workflows.alert(workflows.latest_monitored("kobe").run_id)
    assert raised.asked_by == ("verdict", "policy")
    assert (raised.deliveries, raised.due) == ((), ())
    assert [item.kind for item in workflows.history("kobe")].count("alert") == 1
    calm = own_rows_again()
    assert calm.assessment.level == "healthy"
    assert calm.asked_by == ()
    assert workflows.alert(calm.run_id) is None
    assert [item.kind for item in workflows.history("kobe")].count("alert") == 1


def own_rows_again():
    """An assessment of the champion's own test rows, which nothing speaks against."""
    rows = workflows.reference(workflows.champion("kobe"))
    path = settings.load().home / "own.parquet"
    rows.drop(columns=["probability"]).to_parquet(path)
    return workflows.monitor("kobe", workflows.score("kobe", str(path)).run_id)


def test_monitoring_delivers_to_every_channel_and_keeps_it_on_record(lifecycle_home, monkeypatch):
    with hook(200) as taken, post() as letters:
        monkeypatch.setenv("COURTSIDE_WEBHOOK_URL", taken.address)
        monkeypatch.setenv("COURTSIDE_URL", "https://courtside.example.org/")
        monkeypatch.setenv("COURTSIDE_ALERT_LANGUAGE", "pt_BR")
        mail(monkeypatch, letters.port)
        found = workflows.monitor("kobe")
    payload = taken.heard[0][2]
    batch = workflows.latest_scored("kobe").run_id
    assert payload["link"] == f"https://courtside.example.org/monitoring?project=kobe&batch={batch}"
    assert payload["headline"].startswith("O modelo não serve para este lote")
    assert payload["run_id"] == found.run_id
    assert (payload["rule"], payload["asked_by"]) == ("reactive", ["verdict", "policy"])
    assert payload["text"].splitlines() == received(letters.letters[0]).get_content().splitlines()
    raised = workflows.alert(found.run_id)
    assert {(one.channel, one.place, one.state) for one in raised.deliveries} == {
        ("webhook", "127.0.0.1", "delivered"),
        ("email", "127.0.0.1", "delivered"),
    }
    assert raised.due == ()
    assert {item.kind for item in workflows.history("kobe", 4)} == {"Entrega", "alert", "Monitoramento"}


def test_a_failed_delivery_changes_no_assessment_stays_on_record_and_is_sent_again_once(lifecycle_home, monkeypatch):
    with hook(500) as taken:
        monkeypatch.setenv("COURTSIDE_WEBHOOK_URL", taken.address)
        found = workflows.monitor("kobe", deliver=False)
        assert workflows.alert(found.run_id).due == ("webhook",)
        with pytest.raises(CourtsideError, match="failed 3 times: it answered 500"):
            workflows.deliver_alert("kobe", found.run_id, sleep=no_wait)
        assert len(taken.heard) == 3
    (failed,) = workflows.deliveries("kobe")
    assert (failed.state, failed.attempts, str(failed.failure)) == ("failed", 3, "it answered 500")
    assert len(tracking.read_json(settings.load(), failed.run_id, "attempts.json")) == 3
    with hook(200) as back:
        monkeypatch.setenv("COURTSIDE_WEBHOOK_URL", back.address)
        assert [one.state for one in workflows.deliver_alert("kobe", found.run_id)] == ["delivered"]
        workflows.deliver_alert("kobe", found.run_id)
        assert len(back.heard) == 1
    assert [one.state for one in workflows.deliveries("kobe")] == ["delivered", "failed"]


def test_no_secret_reaches_a_run_a_log_or_a_message(lifecycle_home, monkeypatch, caplog):
    with hook(404) as taken:
        monkeypatch.setenv("COURTSIDE_WEBHOOK_URL", taken.address)
        mail(monkeypatch, 1)
        monkeypatch.setenv("COURTSIDE_SMTP_SECURITY", "starttls")
        monkeypatch.setenv("COURTSIDE_SMTP_USER", "hush-user")
        monkeypatch.setenv("COURTSIDE_SMTP_PASSWORD", "hush-pass")
        found = workflows.monitor("kobe", deliver=False)
        with caplog.at_level(logging.DEBUG), pytest.raises(CourtsideError) as told:
            workflows.deliver_alert("kobe", found.run_id, sleep=no_wait)
    assert len(workflows.alert(found.run_id).due) == 2
    with sqlite3.connect(lifecycle_home / "models" / "mlflow.db") as store:
        kept = "\n".join(store.iterdump())
    kept += "".join(path.read_text() for path in (lifecycle_home / "models").rglob("attempts.json"))
    for place in (kept, caplog.text, str(told.value)):
        assert "hush" not in place
        assert "ana@example.org" not in place


def test_settings_at_fault_are_a_failed_delivery_that_says_so(lifecycle_home, monkeypatch):
    monkeypatch.setenv("COURTSIDE_WEBHOOK_URL", "file:///etc/passwd")
    found = workflows.monitor("kobe")
    (failed,) = workflows.alert(found.run_id).deliveries
    assert (failed.state, failed.attempts) == ("failed", 0)
    assert "COURTSIDE_WEBHOOK_URL is no address" in str(workflows.outcome(failed))
    assert [bool(one.fault) for one in workflows.alert_channels()] == [True]


def test_a_delivery_whose_process_died_can_be_sent_again(lifecycle_home, monkeypatch):
    found = workflows.monitor("kobe")
    tags = {"channel": "webhook", "place": "127.0.0.1", "batch": "b", "monitoring_run": found.run_id}
    run = tracking.run(settings.load(), "kobe", "Entrega", parent=found.run_id, tags=tags)
    with pytest.raises(KeyboardInterrupt), run:
        raise KeyboardInterrupt
    with hook(200) as taken:
        monkeypatch.setenv("COURTSIDE_WEBHOOK_URL", taken.address)
        raised = workflows.alert(found.run_id)
        assert ([one.state for one in raised.deliveries], raised.due) == (["interrupted"], ("webhook",))
        assert [one.state for one in workflows.deliver_alert("kobe", found.run_id)] == ["delivered"]


def test_what_raised_no_alert_can_not_be_delivered(lifecycle_home):
    with pytest.raises(CourtsideError, match="raised no alert"):
        workflows.deliver_alert("kobe", workflows.latest_scored("kobe").run_id)
