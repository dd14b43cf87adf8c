"""What an alert says, in either language, whatever its project is called."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from core import workflows
from core.alerting import channels
from core.alerting import text as alert_text
from core.retraining.limits import Evidence
from core.retraining.policies import OFF, Policy, decide
from tests.alerts import ALERT, called


@given(st.text())
def test_no_name_breaks_out_of_the_subject(name):
    subject, text = alert_text.letter(called(name), "en")
    posted = EmailMessage()
    posted["Subject"] = channels.one_line(subject)
    assert len(posted.as_string().replace("\n ", "").splitlines()) == 2
    assert len(text.splitlines()) == len(alert_text.letter(ALERT, "en")[1].splitlines())


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
