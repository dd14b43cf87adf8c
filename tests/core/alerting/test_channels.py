"""Alerts reach real servers, are tried again where that helps, and give no secret away."""

from __future__ import annotations

import time

import pytest

from core.alerting import channels
from core.alerting import text as alert_text
from core.alerting.channels import Mail, Notice, Webhook
from core.store.settings import Alerting
from core.text.errors import CourtsideError
from tests.alerts import MAIL, called, received
from tests.listeners import certified, hook, post

NOTICE = Notice({"project": "kobe", "headline": "does not fit"}, "subject", "text\n")


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


@pytest.mark.parametrize("sign", ["\n", "\r", "\r\n", "\x00", "\u2028", "\x85", "\x0b"])
def test_a_line_end_in_a_batchs_name_adds_no_header_to_a_letter(sign):
    subject, text = alert_text.letter(called(f"x{sign}Bcc: thief@example.org"), "en")
    with post() as taken:
        Mail("127.0.0.1", taken.port, **MAIL).send(Notice({}, subject, text))
    letter = received(taken.letters[0])
    assert letter["Bcc"] is None
    assert letter["Subject"].startswith("Courtside · x")
    assert taken.letters[0].rcpt_tos == list(MAIL["recipients"])
