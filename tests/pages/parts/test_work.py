"""No page has the timer of another."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.fragment import _make_fragment_identity

from tests.app import PAGES, opened


def test_no_page_has_the_timer_of_another(lifecycle_home, monkeypatch):
    beats, real = [], st.fragment

    def watched(function=None, **options):
        if "run_every" in options:
            beats.append(_make_fragment_identity(function, delta_path="", additional_hash_info="").fragment_id)
        return real(function, **options)

    monkeypatch.setattr(st, "fragment", watched)
    for page in PAGES:
        opened(page)
    assert len(beats) == len(set(beats)) == len(PAGES)
