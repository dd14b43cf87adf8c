"""A single case of any project: its form, its link, and a warning where the model can't know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core import workflows
from core.data.drafting import Roles
from core.text.language import number
from tests.app import heading, opened, words
from tests.loans import loans


def test_a_single_case_outside_the_training_data_is_warned_of(lifecycle_home):
    near = opened("pages/production_scoring.py", view="single", x="0", y="100")
    far = opened("pages/production_scoring.py", view="single", x="0", y="400")
    assert "A shot from 10 ft goes in" in heading(near)
    assert not near.warning
    assert "No trustworthy answer" in heading(far)
    assert "what the model has seen. Do not rely on this figure." in far.warning[0].value


def test_a_link_reproduces_a_shot_and_nonsense_in_it_is_left_aside(lifecycle_home):
    link = {"view": "single", "x": "-98", "y": "117"}
    page = opened("pages/production_scoring.py", **link, **{"case-period": "5", "case-playoffs": "1.0"})
    case = {**workflows.usual_case("kobe"), "lat": 33.9273, "lon": -118.3678, "shot_distance": 15.0, "period": 5.0}
    found = workflows.explain("kobe", {**case, "playoffs": 1.0})
    assert f"This shot: {number(found.probability, '.1%', 'en')}" in words(page)
    odd = opened("pages/production_scoring.py", **link, **{"case-period": "99", "case-playoffs": "maybe"})
    assert not odd.error
    assert odd.query_params["case-period"] != ["99"]


@pytest.mark.parametrize("feet", [79])
def test_a_shot_from_beyond_half_court_can_be_asked_for(lifecycle_home, feet):
    page = opened("pages/production_scoring.py", view="single", x="0", y=str(10 * feet))
    assert f"The shot is taken {feet} ft away, beyond half-court" in words(page)
    assert heading(page) == "# No trustworthy answer for this shot"


@pytest.fixture
def champion_of_loans(store, tmp_path) -> None:
    """A champion of a project whose whole numbers must not be below 0 and may be as large as they like."""
    path = tmp_path / "loans.csv"
    loans(600, 1).to_csv(path, index=False)
    drafted = workflows.create_project(str(path), Roles("default?", "yes", id="loan id"), name="loans")
    features = [replace(one, minimum=0.0) if one.kind == "integer" else one for one in drafted.features]
    workflows.edit_contract("loans", features)
    workflows.prepare("loans", str(path))
    workflows.train("loans", candidates=("lr",), iterations=1)
    workflows.promote("loans", workflows.register("loans", "lr", reason="few rows").version)


def test_a_single_case_of_any_project_has_its_form_and_its_reasons(champion_of_loans):
    page = opened("pages/production_scoring.py", project="loans", view="single")
    assert not page.error
    assert "The probability is" in heading(page)
    for feature in workflows.project_contract("loans").features:
        assert f"case-{feature.name}" in page.query_params
    usual = workflows.usual_case("loans")
    found = workflows.explain("loans", usual)
    assert found.contributions.base + sum(found.contributions.values.values()) == pytest.approx(found.probability)
    assert not found.beyond
    (term,) = (field for field in page.number_input if field.key == "case-term")
    assert (term.min, term.value) == (0, usual["term"])
