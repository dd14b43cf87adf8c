"""An alert, and the letter that it becomes."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from typing import TYPE_CHECKING

from core.alerting.text import Alert
from core.text.messages import message

if TYPE_CHECKING:
    from email.message import EmailMessage

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
MAIL = {"security": "none", "sender": "courtside@example.org", "recipients": ("ana@example.org", "bo@example.org")}


def received(envelope) -> EmailMessage:
    return email.message_from_bytes(envelope.content, policy=email.policy.default)


def called(name: str) -> Alert:
    return replace(ALERT, project=name, batch=name)


def mail(monkeypatch, port: int) -> None:
    for name, value in {"HOST": "127.0.0.1", "PORT": port, "SECURITY": "none", "FROM": "c@example.org",
                        "TO": "ana@example.org"}.items():  # fmt: skip
        monkeypatch.setenv(f"COURTSIDE_SMTP_{name}", str(value))
