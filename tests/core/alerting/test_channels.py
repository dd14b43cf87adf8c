"""Alerts reach real servers, are tried again where that helps, and give no secret away."""

from __future__ import annotations

import email
import email.policy
import logging
import sqlite3
import time
from dataclasses import replace
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import workflows
from core.alerting import channels
from core.alerting import text as alert_text
from core.alerting.channels import Mail, Notice, Webhook
from core.alerting.text import Alert
from core.retraining.policies import OFF, Evidence, Policy, decide
from core.store import settings, tracking
from core.store.settings import Alerting
from core.text.errors import CourtsideError
from core.text.messages import message
from tests.listeners import certified, hook, post

NOTICE = Notice({"project": "kobe", "headline": "does not fit"}, "subject", "text\n")
ALERT = Alert(
    project="kobe",
    batch="batch.parquet",
    version=3,
    run_id="0123",
    level="retrain",
    asked_by=("verdict",),
    rule=None,
    headline=message("The model does not fit this batch."),
    reasons=(message("{share:.0%} of the rows are unlike anything in the test rows.", share=0.99),),
    action=message("Nothing to do until the next batch."),
    link="http://courtside.local/monitoring?project=kobe",
)


def tried(channel, slept: list | None = None) -> tuple[list[str], list[float]]:
    """Why each attempt failed ("" where it did not), and the waits between them."""
    slept = [] if slept is None else slept
    made = channels.persistently(lambda: channel.send(NOTICE), sleep=slept.append, heard=lambda *_: None)
    return [str(one.failure) if one.failure else "" for one in made], slept


# The webhook


def test_a_webhook_gets_the_alert_as_json():
    with hook(204) as taken:
        assert tried(Webhook(taken.address)) == ([""], [])
    assert taken.heard == [("/hooks/hush-token", "application/json; charset=utf-8", NOTICE.payload)]


def test_a_webhook_that_fails_twice_is_told_the_third_time_after_growing_waits():
    with hook(500, 503, 200) as taken:
        assert tried(Webhook(taken.address)) == (["it answered 500", "it answered 503", ""], [1.0, 5.0])
    assert len(taken.heard) == 3


def test_a_webhook_that_always_fails_is_given_up():
    with hook(500) as taken:
        assert tried(Webhook(taken.address)) == (["it answered 500"] * 3, [1.0, 5.0])
    assert len(taken.heard) == 3


@pytest.mark.parametrize("code", [400, 401, 404, 410])
def test_an_answer_that_another_attempt_would_not_change_is_final(code):
    with hook(code) as taken:
        assert tried(Webhook(taken.address)) == ([f"it answered {code}"], [])
    assert len(taken.heard) == 1


def test_a_webhook_that_hangs_is_left_after_its_time():
    with hook(200, hang=True) as taken:
        began = time.monotonic()
        assert tried(Webhook(taken.address, seconds=0.2))[0] == ["no answer within 0.2 s"] * 3
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_no_delivery_and_is_not_followed(code):
    with hook(200) as elsewhere, hook(code, location=elsewhere.address) as taken:
        assert tried(Webhook(taken.address)) == ([f"it answered {code}"], [])
        assert elsewhere.heard == []


def test_where_nobody_listens_and_what_does_not_exist_are_told_apart():
    with hook(200) as taken:
        pass
    assert tried(Webhook(taken.address))[0][0] == "nobody listens there"
    assert tried(Webhook("http://nowhere.invalid/x"))[0][0] == "there is no machine of that name"


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "ftp://host/x", "gopher://host", "//host/x", "host/x", "https:///x", "http://u:pw@host/x",
     "http://host/a b", "http://host/\nX: y", "http://host:99999/", "javascript:alert(1)", "https://höst/x"],
)  # fmt: skip
def test_an_address_that_is_no_plain_web_address_is_refused_and_not_repeated(address):
    with pytest.raises(CourtsideError) as refused:
        channels.webhook(Alerting(webhook=address))
    assert address not in str(refused.value)


def test_no_webhook_and_no_mail_server_are_no_channels():
    assert channels.webhook(Alerting()) is None
    assert channels.mail(Alerting()) is None


# The e-mail

MAIL = {"security": "none", "sender": "courtside@example.org", "recipients": ("ana@example.org", "bo@example.org")}


def received(envelope) -> EmailMessage:
    return email.message_from_bytes(envelope.content, policy=email.policy.default)


def test_an_e_mail_arrives_with_subject_and_text():
    with post() as taken:
        mail = Mail("127.0.0.1", taken.port, **MAIL)
        mail.send(Notice({}, "Courtside · kobe: não serve", "Lote 1\n- 99 % das linhas\n"))
    (envelope,) = taken.letters
    assert envelope.rcpt_tos == ["ana@example.org", "bo@example.org"]
    letter = received(envelope)
    assert letter["Subject"] == "Courtside · kobe: não serve"
    assert letter["From"] == "courtside@example.org"
    assert letter.get_content().splitlines() == ["Lote 1", "- 99 % das linhas"]


def test_a_login_happens_over_starttls_only_and_a_wrong_one_is_final(tmp_path, monkeypatch):
    certificate = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    asked = {**MAIL, "security": "starttls", "user": "ana"}
    with post(certificate, password="right") as taken:
        assert tried(Mail("127.0.0.1", taken.port, **asked, password="right")) == ([""], [])
        assert tried(Mail("127.0.0.1", taken.port, **asked, password="wrong")) == (["it answered 535"], [])
    assert len(taken.letters) == 1


def test_a_certificate_of_nobody_known_ends_the_connection(tmp_path):
    with post(certified(tmp_path)) as taken:
        mail = Mail("127.0.0.1", taken.port, **{**MAIL, "security": "starttls"})
        assert tried(mail)[0][0] == "its certificate is not to be trusted"
    assert not taken.letters


def test_a_server_without_encryption_gets_nothing_where_it_is_asked_for():
    with post() as taken:
        mail = Mail("127.0.0.1", taken.port, **{**MAIL, "security": "starttls"})
        assert tried(mail) == (["it lacks the encryption or the login that is asked for"], [])
    assert not taken.letters


def test_refused_recipients_are_said_and_the_others_get_one_letter():
    with post(refuse=["bo@example.org"]) as taken:
        assert tried(Mail("127.0.0.1", taken.port, **MAIL)) == (["it refused 1 of 2 recipients"], [])
    assert [one.rcpt_tos for one in taken.letters] == [["ana@example.org"]]


def test_every_fault_of_the_settings_is_said_at_once_without_the_password():
    wrong = Alerting(
        smtp_host="mail.example.org", smtp_security="none", smtp_port="0", smtp_password="hush", recipients="nobody",
        sender="a@b.c\nBcc: x@y.z",
    )  # fmt: skip
    with pytest.raises(CourtsideError) as refused:
        channels.mail(wrong)
    for word in ("SMTP_PORT", "SMTP_TO", "SMTP_FROM", "without encryption"):
        assert word in str(refused.value)
    assert "hush" not in str(refused.value)


def test_what_holds_a_secret_does_not_print_it():
    found = Alerting(webhook="https://h/hush", smtp_user="hush-user", smtp_password="hush-pass")
    assert "hush" not in repr(found)
    assert "hush" not in repr(Webhook("https://h/hush"))
    assert "hush" not in repr(Mail("h", 25, **MAIL, user="hush-user", password="hush-pass"))


# What it says


@given(st.text())
def test_no_name_breaks_out_of_the_subject(name):
    subject, text = alert_text.letter(called(name), "en")
    posted = EmailMessage()
    posted["Subject"] = channels.one_line(subject)
    assert len(posted.as_string().replace("\n ", "").splitlines()) == 2
    assert len(text.splitlines()) == len(alert_text.letter(ALERT, "en")[1].splitlines())


def called(name: str) -> Alert:
    return replace(ALERT, project=name, batch=name)


@pytest.mark.parametrize("sign", ["\n", "\r", "\r\n", "\x00", "\u2028", "\x85", "\x0b"])
def test_a_line_end_in_a_batchs_name_adds_no_header_to_a_letter(sign):
    subject, text = alert_text.letter(called(f"x{sign}Bcc: thief@example.org"), "en")
    with post() as taken:
        Mail("127.0.0.1", taken.port, **MAIL).send(Notice({}, subject, text))
    letter = received(taken.letters[0])
    assert letter["Bcc"] is None
    assert letter["Subject"].startswith("Courtside · x")
    assert taken.letters[0].rcpt_tos == list(MAIL["recipients"])


def test_the_payload_says_what_happened_and_where_to_look_in_either_language():
    found = alert_text.payload(ALERT, "en")
    about = found["project"], found["batch"], found["version"], found["level"]
    assert about == ("kobe", "batch.parquet", 3, "retrain")
    assert found["headline"] == "The model does not fit this batch."
    assert found["reasons"] == ["99\u00a0% of the rows are unlike anything in the test rows."]
    assert found["text"].splitlines()[-1] == found["link"] == ALERT.link
    assert alert_text.payload(ALERT, "pt_BR")["headline"] == "O modelo não serve para este lote."


def test_a_policy_that_asks_where_the_verdict_does_not_is_an_alert_with_its_own_reasons(lifecycle_home):
    assessment = workflows.latest_monitored("kobe").assessment
    calm = replace(assessment, level="watch")
    asks = decide(Policy(**OFF | {"days": 1}), Evidence(days=3.0))
    keeps = decide(Policy(**OFF | {"days": 9}), Evidence(days=3.0))
    assert alert_text.asked_by(calm, keeps) == ()
    assert alert_text.asked_by(calm, asks) == ("policy",)
    assert alert_text.asked_by(assessment, keeps) == ("verdict",)
    assert alert_text.asked_by(assessment, None) == ("verdict",)
    headline, reasons, __ = alert_text.said(calm, asks)
    assert str(headline) == "The policy asks for retraining; the verdict does not."
    assert reasons == asks.reasons
    assert alert_text.said(assessment, keeps)[1] == assessment.reasons


# In the store


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


def mail(monkeypatch, port: int) -> None:
    for name, value in {"HOST": "127.0.0.1", "PORT": port, "SECURITY": "none", "FROM": "c@example.org",
                        "TO": "ana@example.org"}.items():  # fmt: skip
        monkeypatch.setenv(f"COURTSIDE_SMTP_{name}", str(value))


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
