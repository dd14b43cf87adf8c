"""Takes an alert to people who are not looking: an HTTP POST and an e-mail, tried again when that may help.

What is said of a failure never quotes an address, a password or an answer: a webhook's address is a password itself,
and a log is read by more people than a setting.
"""

from __future__ import annotations

import http.client
import json
import smtplib
import socket
import ssl
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from core.text.errors import CourtsideError
from core.text.messages import Message, message

if TYPE_CHECKING:
    from core.store.settings import Alerting

Security = Literal["starttls", "ssl", "none"]
PORTS: dict[Security, int] = {"starttls": 587, "ssl": 465, "none": 25}
SECONDS = 10.0
"""How long one attempt waits for the other side to say something."""
WAITS = (1.0, 5.0)
"""Seconds between the attempts; there is one more of these than waits."""
PASSING = {408, 425, 429}
"""Answers below 500 that another attempt may change."""


class NotDelivered(Exception):
    """An attempt failed for a `reason`; with `again` another one may succeed."""

    def __init__(self, reason: Message, *, again: bool = True) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.again = again


@dataclass(frozen=True)
class Notice:
    """An alert in words: `payload` for programs, `subject` and `text` for people."""

    payload: dict[str, object]
    subject: str
    text: str


@dataclass(frozen=True)
class Webhook:
    """A place that takes alerts as JSON. `place` is what may be shown of its address."""

    address: str = field(repr=False)
    seconds: float = SECONDS

    @property
    def place(self) -> str:
        return urlsplit(self.address).hostname or ""

    def send(self, notice: Notice) -> None:
        """One attempt; `NotDelivered` unless the answer is of the 200s. A redirect is no delivery: what follows one is
        a GET without the alert."""
        request = urllib.request.Request(
            self.address,
            json.dumps(notice.payload, ensure_ascii=False).encode(),
            {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Courtside"},
        )
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=self.seconds):
                return
        except urllib.error.HTTPError as error:
            with closing(error):
                again = error.code >= 500 or error.code in PASSING
                raise NotDelivered(message("it answered {code}", code=error.code), again=again) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise NotDelivered(_network(error, self.seconds)) from None


@dataclass(frozen=True)
class Mail:
    """A mail server and who gets alerts through it."""

    host: str
    port: int
    security: Security
    sender: str
    recipients: tuple[str, ...]
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    seconds: float = SECONDS

    @property
    def place(self) -> str:
        return self.host

    def send(self, notice: Notice) -> None:
        """One attempt; `NotDelivered` unless the server takes the letter for every recipient."""
        posted = EmailMessage()
        posted["Subject"] = one_line(notice.subject)
        posted["From"], posted["To"] = self.sender, ", ".join(self.recipients)
        posted["Date"] = format_datetime(datetime.now(UTC))
        posted["Message-ID"] = make_msgid(domain="courtside.invalid")
        posted.set_content(notice.text)
        try:
            with closing(self._connected()) as server:
                if self.user:
                    server.login(self.user, self.password)
                refused = server.send_message(posted)
                # The server has the letter; what becomes of the farewell changes nothing.
                with suppress(OSError):
                    server.quit()
        except smtplib.SMTPRecipientsRefused as error:
            refused = error.recipients
        except smtplib.SMTPResponseException as error:
            again = 400 <= error.smtp_code < 500
            raise NotDelivered(message("it answered {code}", code=error.smtp_code), again=again) from None
        except smtplib.SMTPNotSupportedError:
            said = message("it lacks the encryption or the login that is asked for")
            raise NotDelivered(said, again=False) from None
        except (OSError, ValueError) as error:
            raise NotDelivered(_network(error, self.seconds)) from None
        if refused:
            # Sent again, the letter would come twice to those who have it.
            said = message("it refused {count} of {all} recipients", count=len(refused), all=len(self.recipients))
            raise NotDelivered(said, again=False)

    def _connected(self) -> smtplib.SMTP:
        trusted = ssl.create_default_context()
        if self.security == "ssl":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.seconds, context=trusted)
        server = smtplib.SMTP(self.host, self.port, timeout=self.seconds)
        if self.security == "starttls":
            try:
                server.starttls(context=trusted)
            except BaseException:
                server.close()
                raise
        return server


Channel = Webhook | Mail


@dataclass(frozen=True)
class Attempt:
    """When a delivery was tried, and why it failed; no `failure` says that it did not."""

    when: datetime
    failure: Message | None = None


def persistently(
    send: Callable[[], None],
    *,
    sleep: Callable[[float], None],
    heard: Callable[[int, int], None],
    waits: Sequence[float] = WAITS,
) -> tuple[Attempt, ...]:
    """Every attempt at `send` until one succeeds, none is left, or another would be no use. `heard` is told before each
    attempt which it is, of how many."""
    made: list[Attempt] = []
    for number, wait in enumerate((*waits, None), 1):
        heard(number, len(waits) + 1)
        try:
            send()
        except NotDelivered as failed:
            made.append(Attempt(datetime.now().astimezone(), failed.reason))
            if wait is None or not failed.again:
                break
            sleep(wait)
        else:
            made.append(Attempt(datetime.now().astimezone()))
            break
    return tuple(made)


def webhook(found: Alerting) -> Webhook | None:
    """The webhook of the settings, None where there is none; one that can't be used is a `CourtsideError`."""
    if not found.webhook:
        return None
    if not _web_address(found.webhook):
        raise CourtsideError(
            message("COURTSIDE_WEBHOOK_URL is no address of the form https://host/path without user and password."),
            message("Correct it and start the app again."),
        )
    return Webhook(found.webhook)


def mail(found: Alerting) -> Mail | None:
    """The mail server of the settings, None where there is none; every fault at once is a `CourtsideError`."""
    if not found.smtp_host:
        return None
    asked = found.smtp_security or "starttls"
    security = next((known for known in PORTS if known == asked), None)
    port = found.smtp_port or (str(PORTS[security]) if security else "")
    recipients = tuple(filter(None, (one.strip() for one in found.recipients.split(","))))
    sender = found.sender or found.smtp_user
    faults = []
    if security is None:
        faults.append(message("COURTSIDE_SMTP_SECURITY is not starttls, ssl or none"))
    elif not (port.isdecimal() and 0 < int(port) < 65_536):
        faults.append(message("COURTSIDE_SMTP_PORT is no port"))
    if security == "none" and found.smtp_password:
        faults.append(message("a password is not sent without encryption (COURTSIDE_SMTP_SECURITY is none)"))
    if not recipients or not all(map(_mail_address, recipients)):
        faults.append(message("COURTSIDE_SMTP_TO is no list of addresses"))
    if not _mail_address(sender):
        faults.append(message("COURTSIDE_SMTP_FROM is no address"))
    if faults or security is None:
        raise CourtsideError(
            message("E-mail can't be sent: {faults}.", faults=faults), message("Correct it and start the app again.")
        )
    return Mail(found.smtp_host, int(port), security, sender, recipients, found.smtp_user, found.smtp_password)


def link(found: Alerting) -> str:
    """The address at which readers of an alert reach the app; "" where none that leads there is set."""
    return found.link.rstrip("/") if _web_address(found.link) else ""


def one_line(text: str) -> str:
    """`text` without a character that would end a line or steer a terminal: what goes into a header of a letter."""
    plain = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text)
    return " ".join(plain.split())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return sound and "@" not in parts.netloc and text.isascii() and text.isprintable() and " " not in text


def _mail_address(text: str) -> bool:
    name, at, host = text.partition("@")
    return bool(name and at and host) and text.isascii() and text == one_line(text) == parseaddr(text)[1]


def _network(error: Exception, seconds: float) -> Message:
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception):
        error = error.reason
    if isinstance(error, TimeoutError):
        return message("no answer within {seconds:g} s", seconds=seconds)
    if isinstance(error, ssl.SSLCertVerificationError):
        return message("its certificate is not to be trusted")
    if isinstance(error, ssl.SSLError):
        return message("no encrypted connection came about")
    if isinstance(error, ConnectionRefusedError):
        return message("nobody listens there")
    if isinstance(error, socket.gaierror):
        return message("there is no machine of that name")
    return message("the connection broke off ({kind})", kind=type(error).__name__)
