"""What a page knows of its reader: project, language, theme. The query string says it, so that a link carries it."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from core import language as languages
from core import workflows
from core.charts.style import Look
from core.contract import Contract
from core.messages import Message, message


def project() -> str:
    """The project in the link, else the one chosen before, else the first there is."""
    known = workflows.projects()
    asked = st.query_params.get("project") or st.session_state.get("project")
    return asked if asked in known else ("kobe" if "kobe" in known else known[0])


def language() -> str:
    """The language in the link, else the one chosen before, else the browser's."""
    asked = st.query_params.get("lang") or st.session_state.get("lang")
    if asked in languages.LANGUAGES:
        return asked
    return "pt_BR" if (st.context.locale or "").lower().startswith("pt") else "en"


def remember() -> None:
    """Writes project and language into the link and the session, so that the next page has them."""
    for key, value in (("project", project()), ("lang", language())):
        st.session_state[key] = value
        if st.query_params.get(key) != value:
            st.query_params[key] = value


def chosen(key: str) -> str:
    """Another choice that the link carries, such as a run; "" when there is none."""
    return st.query_params.get(key, "")


def look() -> Look:
    """For whom charts are drawn."""
    phone = "Mobi" in st.context.headers.get("User-Agent", "")
    return Look(mode=st.context.theme.type or "light", language=language(), narrow=phone)


def _(template: str, **values: object) -> str:
    """A page's text in the reader's language; the extractor of the catalogues knows this name."""
    return languages.translate(message(template, **values), language())


def say(sentence: Message) -> str:
    """A sentence of the core in the reader's language."""
    return languages.translate(sentence, language())


def named(title: str) -> str:
    """A column's title, or a project's, in the reader's language; a user's own as it was written."""
    return languages.named(title, language())


def titles(contract: Contract) -> dict[str, str]:
    """What the features of a contract are called, by name, in the reader's language."""
    return {feature.name: named(feature.title) for feature in contract.features}


def number(value: float | None, spec: str) -> str:
    """A figure as the reader writes it; "–" where there is none."""
    return "–" if value is None else languages.number(value, spec, language())


def delta(value: float, spec: str) -> str:
    """A change as the reader writes it, for `st.metric`, whose arrow goes by an ASCII hyphen at the front."""
    return number(value, spec).replace(languages.MINUS, "-")


def when(moment) -> str:
    """A moment as the reader writes it."""
    return languages.when(moment, language(), datetime.now(moment.tzinfo))


def plain(text: str) -> str:
    """What a person or a file has as a name, so that markdown shows it as it is."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#+-.!|<>:$~" else sign for sign in text)
