"""A single case, with the contributions that lead to its probability."""

from __future__ import annotations

import pandas as pd
import pytest

from core import workflows


def test_a_case_is_what_the_model_says_and_its_contributions_lead_there(lifecycle_home):
    case = workflows.usual_case("kobe")
    found = workflows.explain("kobe", case)
    assert found.probability == pytest.approx(workflows.predict("kobe", pd.DataFrame([case]))[0])
    parts = found.contributions
    assert parts.base + sum(parts.values.values()) == pytest.approx(found.probability, abs=1e-12)
    assert not found.outside
    assert len(found.nearest) == 10
    assert workflows.explain("kobe", {**case, "shot_distance": 79.0}).beyond == ("shot_distance",)
