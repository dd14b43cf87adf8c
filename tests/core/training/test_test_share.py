"""How much the luck of the split weighs at each share of test rows."""

from __future__ import annotations

from core.training.test_share import SHARES, reading, spread


def test_the_luck_of_the_split_shrinks_as_the_test_share_grows(shots):
    _, kept, contract = shots
    found = spread(kept, contract, seed=10)
    assert [item.share for item in found] == list(SHARES)
    assert all(item.low <= item.median <= item.high for item in found)
    assert found[0].width > 3 * found[-1].width
    assert 0.67 < found[3].median < 0.685
    assert "With 20\xa0% for test, the luck of the split alone moves" in str(reading(found, 0.2))
