"""A document on a page: the sections of its file, with charts that follow the reader's theme."""

from __future__ import annotations

import streamlit as st

from core.documents.document import Chart, Document
from core.documents.markdown import escaped, part
from pages.parts.picture import picture
from pages.parts.state import language, say

WIDTH = 760


def show(document: Document, *, key: str) -> None:
    """Its sections, one under the other; title and lead are for the page to say."""
    box = st.container(width=WIDTH)
    drawn = 0
    for section in document.sections:
        box.markdown(f"#### {escaped(say(section.title))}", anchors=False)
        for one in section.parts:
            if isinstance(one, Chart):
                drawn += 1
                with box:
                    st.markdown(f"**{escaped(say(one.title))}**")
                    picture(one.draw, *one.arguments, alt=say(one.alt), key=f"{key}-{drawn}")
            else:
                box.markdown(part(one, language()))
