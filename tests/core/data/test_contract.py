"""Contracts: what one says, what it refuses to say, and its own text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from core.data.contract import NULLS, Contract, Feature, dumps, load, loads, nearest
from core.data.kinds import KINDS
from core.store import projects, settings
from core.store.storage import write_text
from core.text.errors import CourtsideError
from tests.purchases import CONTRACT

# The contract as a file


@pytest.mark.parametrize("name", ["kobe", "kobe-full"])
def test_a_shipped_contract_comes_back_equal_from_its_own_text(name):
    contract = projects.find(settings.load(), name)
    assert loads(dumps(contract)) == contract
    assert loads(dumps(contract)).fingerprint == contract.fingerprint


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
bounds = st.none() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False)


@st.composite
def contracts(draw) -> Contract:
    names = draw(st.lists(texts, min_size=2, max_size=4, unique=True))
    made = []
    for name in names[1:]:
        low, high = draw(bounds), draw(bounds)
        if low is not None and high is not None and low > high:
            low, high = high, low
        kind, nulls = draw(st.sampled_from(list(KINDS))), draw(st.sampled_from(list(NULLS)))
        made.append(Feature(name, kind, low, high, tuple(draw(st.lists(texts, max_size=2))), nulls, draw(texts)))
    return Contract(draw(texts), draw(texts), names[0], draw(texts), tuple(made), id=draw(texts), source=draw(texts))


STRANGE = (
    'say "when"',
    "it's",
    "back\\slash \\u0041",
    "'''\"\"\"",
    "\0\x01\x1f\x7f\x80\x85",
    "tab\tline\nreturn\r\n",
    "# no comment",
    "[[features]]",
    "a = 1",
    "\u2028\ufeff\U0001f3c0",
    " ",
)
ODD = Contract(
    name=STRANGE[0],
    title=STRANGE[4],
    target="it's",
    positive=STRANGE[5],
    features=(
        *(Feature(name, "category", categories=STRANGE, label=name, unit=name) for name in STRANGE if name != "it's"),
        Feature("inf", "number", float("-inf"), float("inf")),
        Feature("tiny", "number", 5e-324, 1e22),
    ),
)


@budget(derandomize=True, deadline=None)
@given(contracts())
@example(ODD)
def test_any_contract_comes_back_equal_from_its_own_text(contract):
    assert loads(dumps(contract)) == contract
    assert loads(dumps(contract)).fingerprint == contract.fingerprint


def test_a_contract_of_strange_names_comes_back_equal_from_a_file(tmp_path):
    write_text(dumps(ODD), tmp_path / "odd.toml")
    assert load(tmp_path / "odd.toml") == ODD


@pytest.mark.parametrize(
    "changed",
    [
        replace(CONTRACT, title="Another"),
        replace(CONTRACT, positive="2"),
        replace(CONTRACT, features=CONTRACT.features[::-1]),
        replace(CONTRACT, features=(replace(CONTRACT.features[0], maximum=101), *CONTRACT.features[1:])),
    ],
    ids=["title", "positive value", "order", "bound"],
)
def test_whatever_a_contract_says_is_in_its_fingerprint(changed):
    assert changed.fingerprint != CONTRACT.fingerprint == replace(CONTRACT).fingerprint


def test_a_faulty_contract_is_refused_with_all_its_faults():
    text = (
        dumps(CONTRACT).replace("title", "titel").replace('"boolean"', '"bool"').replace("minimum = 1", 'minimum="1"')
    )
    with pytest.raises(CourtsideError) as caught:
        loads(text)
    for fault in (
        "the contract has no key titel (is it title?)",
        "the contract lacks title",
        "feature member has bool for kind",
        "feature visits has 1 for minimum",
    ):
        assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("name = ", "it is not TOML"),
        ('name = "a"', "it has no [[features]]"),
        ('features = "price"', "it has no [[features]]"),
        (dumps(replace(CONTRACT, target="price")), "the target price is a feature too"),
        (dumps(replace(CONTRACT, features=CONTRACT.features * 2)), "feature price appears more than once"),
        (dumps(replace(CONTRACT, features=(Feature("price", "number", 2, 1),))), "minimum above its maximum"),
    ],
)
def test_a_contract_that_makes_no_sense_is_refused(text, fault):
    with pytest.raises(CourtsideError) as caught:
        loads(text)
    assert fault in str(caught.value)


def test_a_contract_is_loaded_from_its_file_and_a_bad_file_is_named(tmp_path):
    (tmp_path / "shop.toml").write_text(dumps(CONTRACT), encoding="utf-8")
    assert load(tmp_path / "shop.toml") == CONTRACT
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "odd.toml").write_text("name = ")
    for name in ("bad.toml", "odd.toml", "missing.toml"):
        with pytest.raises(CourtsideError, match=name):
            load(tmp_path / name)


def test_the_nearest_name_is_found_and_a_far_one_is_not():
    assert nearest("Shot_Distence", ["lat", "shot_distance"]) == "shot_distance"
    assert nearest("zebra", ["lat", "shot_distance"]) == ""
