"""The examples in docstrings of the core do what they show."""

from __future__ import annotations

import doctest
import importlib

import pytest

from core.store.settings import HOUSE

MODULES = [
    ".".join(path.relative_to(HOUSE).with_suffix("").parts)
    for path in sorted((HOUSE / "core").rglob("*.py"))
    if ">>> " in path.read_text()
]


def test_a_dozen_modules_and_more_show_how_they_are_used():
    assert len(MODULES) >= 12


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_do_what_they_show(name):
    done = doctest.testmod(importlib.import_module(name))
    assert done.attempted
    assert not done.failed


def test_an_example_that_shows_something_else_is_found():
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    assert doctest.DocTestRunner(verbose=False).run(wrong, out=lambda text: None).failed
