"""The view of slices names columns as their reader does."""

from __future__ import annotations

from tests.app import opened


def test_no_slice_goes_by_the_name_that_a_file_has_for_it(lifecycle_home):
    named = set(opened("pages/monitoring.py", show="slices", lang="pt_BR").dataframe[-1].value["Vari\u00e1vel"])
    assert {"Dist\u00e2ncia", "Temporada", "Ano"} <= named
    assert not {"shot_distance", "season", "game_date", "matchup"} & named
