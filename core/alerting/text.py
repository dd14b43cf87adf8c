"""What an alert says: which check of a batch asks for action, why, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from core.text.language import translate
from core.text.messages import Message, message

if TYPE_CHECKING:
    from core.monitoring.verdict import Assessment
    from core.retraining.limits import Rule
    from core.retraining.policies import Decision

Asker = Literal["verdict", "policy"]
ASKERS: tuple[Asker, ...] = ("verdict", "policy")


@dataclass(frozen=True)
class Alert:
    """An assessment that asks for action. `asked_by` says whether its verdict does, the policy, or both; `rule` is the
    policy's that does. `link` leads to the assessment, "" where the app's address is not known."""

    project: str
    batch: str
    version: int
    run_id: str
    level: str
    asked_by: tuple[Asker, ...]
    rule: Rule | None
    headline: Message
    reasons: tuple[Message, ...]
    action: Message
    link: str = ""


def asked_by(assessment: Assessment, decision: Decision | None) -> tuple[Asker, ...]:
    """Who asks for action; nobody, and there is no alert."""
    asks = {"verdict": assessment.asks_for_action, "policy": bool(decision and decision.retrain)}
    return tuple(asker for asker in ASKERS if asks[asker])


def said(assessment: Assessment, decision: Decision | None) -> tuple[Message, tuple[Message, ...], Message]:
    """Headline, reasons and action: those of the verdict if it asks for action, and the policy's if it does."""
    policy = decision.reasons if decision and decision.retrain else ()
    if assessment.asks_for_action:
        # The two often say the same of the same figures, each in its own words.
        return assessment.headline, (*assessment.reasons, *policy), assessment.action
    headline = message("The policy asks for retraining; the verdict does not.")
    return headline, policy, message("Retrain, or change the policy if that is too soon.")


def payload(alert: Alert, language: str) -> dict[str, object]:
    """The alert as JSON; `text` is the whole of it in one string, which is what chats show. It holds no row of data."""
    return {
        "event": "courtside.alert",
        "project": alert.project,
        "batch": alert.batch,
        "version": alert.version,
        "run_id": alert.run_id,
        "level": alert.level,
        "asked_by": list(alert.asked_by),
        "rule": alert.rule,
        "headline": translate(alert.headline, language),
        "reasons": [translate(reason, language) for reason in alert.reasons],
        "action": translate(alert.action, language),
        "link": alert.link,
        "text": letter(alert, language)[1],
    }


def letter(alert: Alert, language: str) -> tuple[str, str]:
    """The alert as subject and text of an e-mail."""
    subject = message("{project}: {headline}", project=alert.project, headline=alert.headline)
    about = message("Batch {batch}, version {version}", batch=alert.batch, version=alert.version)
    lines = [
        _line(alert.headline, language),
        _line(about, language),
        "",
        *(f"- {_line(reason, language)}" for reason in alert.reasons),
        "",
        _line(alert.action, language),
        alert.link,
    ]
    return f"Courtside · {_line(subject, language)}", "\n".join(lines).rstrip() + "\n"


def _line(sentence: Message, language: str) -> str:
    # A file may be called anything, line ends included.
    return " ".join(translate(sentence, language).split())
