"""What a page knows of its reader: project, language, theme. The query string says it, so that a link carries it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from core import workflows
from core.charts.style import Look
from core.text import language as languages
from core.text.messages import Message, message
from core.text.shipped_titles import SHIPPED

if TYPE_CHECKING:
    from core.data.contract import Contract


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
    return languages.nearest(st.context.locale or "")


def remember() -> None:
    """Writes project and language into the link and the session, so that the next page has them. A link to a project
    that is not here is told so: what it opens is another one."""
    asked = st.query_params.get("project")
    if asked and asked != project():
        text = _("There is no project {name} here; this is {other}.", name=plain(asked[:60]), other=project())
        st.toast(text, icon=":material/link_off:", duration="long")
    for key, value in (("project", project()), ("lang", language())):
        st.session_state[key] = value
        if st.query_params.get(key) != value:
            st.query_params[key] = value


def chosen(key: str) -> str:
    """Another choice that the link carries, such as a run; "" when there is none."""
    return st.query_params.get(key, "")


def shipped() -> bool:
    """Whether the project came with Courtside: only then a title that the catalogues know is theirs to translate."""
    return st.session_state.get("project") in SHIPPED


def look() -> Look:
    """For whom charts are drawn."""
    phone = "Mobi" in st.context.headers.get("User-Agent", "")
    return Look(st.context.theme.type or "light", language(), narrow=phone, titles=shipped())


def _(template: str, **values: object) -> str:
    """A page's text in the reader's language; the extractor of the catalogues knows this name."""
    return say(message(template, **values))


def say(sentence: Message) -> str:
    """A sentence of the core in the reader's language."""
    return languages.translate(sentence, language(), titles=shipped())


def said(text: str | Message) -> str:
    """What a person wrote as it is, what the core wrote in the reader's language."""
    return say(text) if isinstance(text, Message) else text


def named(title: str | Message) -> str:
    """A column's title, or a project's, in the reader's language; a user's own as it was written."""
    if isinstance(title, Message):
        return say(title)
    return languages.named(title, language()) if shipped() else title


def titles(contract: Contract) -> dict[str, str]:
    """What the features of a contract are called, by name, in the reader's language."""
    return {feature.name: named(feature.title) for feature in contract.features}


def number(value: float | None, spec: str) -> str:
    """A figure as the reader writes it; "–" where there is none."""
    return "–" if value is None else languages.number(value, spec, language())


def delta(value: float, spec: str) -> str:
    """A change as the reader writes it, for `st.metric`, whose arrow goes by an ASCII hyphen at the front."""
    return number(value, spec).replace(languages.MINUS, "-")


def when(moment: datetime) -> str:
    """A moment as the reader writes it."""
    return languages.when(moment, language(), datetime.now(moment.tzinfo))


def literal(sentence: Message) -> Message:
    """The sentence with what a person or a file has called something escaped, for markdown."""
    return Message(sentence.template, {key: _literal(value) for key, value in sentence.values.items()})


def _literal(value: object) -> object:
    if isinstance(value, Message):
        return literal(value)
    if isinstance(value, list | tuple):
        return [_literal(item) for item in value]
    return plain(value) if isinstance(value, str) else value


def plain(text: str) -> str:
    """What a person or a file has as a name, so that markdown shows it as it is."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#+-.!|<>:$~" else sign for sign in text)
