"""The drift statistics: every table, document, page and verb reads here what one is called and how it is written.

To add one, write its function (in `core.monitoring.distances`, or here) and register it below, where tables are to show
it. Nothing else knows the list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.monitoring import distances
from core.text.messages import Message, message

if TYPE_CHECKING:
    from core.data.arrays import Floats
    from core.monitoring.distances import Distance
    from core.monitoring.profiles import Profile


@dataclass(frozen=True)
class Sides:
    """Reference and current rows of one feature: as profiles, and counted in the same few bins or categories."""

    reference: Profile
    current: Profile
    before: Floats
    now: Floats


@dataclass(frozen=True)
class Statistic:
    """What is measured between the two sides of a feature.

    `key` is its name in runs and files, and stays. `meaning` is what it says to whoever hovers over it, `spec` Python's
    format of its values. With `ordered` True only kinds of column with ordered values have it, with False only the
    others, with None all. Its `function` may find nothing to compute (None). A statistic with a drift `threshold`
    decides whether a feature drifted, and its function gives a `Distance`; one without is only shown.
    """

    key: str
    title: Message
    meaning: Message
    spec: str
    function: Callable[[Sides], Distance | float | None]
    ordered: bool | None = None
    threshold: float | None = None


STATISTICS: dict[str, Statistic] = {}
"""Every drift statistic by its key, in the order in which tables show them."""


def register(statistic: Statistic) -> None:
    """Adds a statistic to everything that shows drift; a key that is taken is a `ValueError`."""
    if statistic.key in STATISTICS:
        raise ValueError(f"there is a drift statistic {statistic.key} already")
    STATISTICS[statistic.key] = statistic


register(
    Statistic(
        key="psi",
        title=message("PSI"),
        meaning=message("Population stability index: how far the shares of the bins moved. 0 is no change."),
        spec=".3f",
        function=lambda sides: distances.stability(sides.before, sides.now),
        # Under 0.1 stable, over 0.25 a major shift (Siddiqi, "Credit Risk Scorecards", 2006). Most practitioners act on
        # 0.2.
        threshold=0.2,
    )
)
register(
    Statistic(
        key="wasserstein",
        title=message("Wasserstein"),
        meaning=message(
            "Wasserstein distance: how far the values must be moved to turn one side into the other, in standard "
            "deviations of the reference."
        ),
        spec=".3f",
        function=lambda sides: distances.wasserstein(sides.reference, sides.current),
        ordered=True,
        # Between a small (0.2) and a medium (0.5) effect (Cohen, "Statistical Power Analysis", 1988) for what would be
        # a plain shift of the mean.
        threshold=0.3,
    )
)
register(
    Statistic(
        key="total_variation",
        title=message("Total variation"),
        meaning=message(
            "Total variation distance: the share of rows that would have to change category to turn one side into the "
            "other."
        ),
        spec=".3f",
        function=lambda sides: distances.total_variation(sides.before, sides.now),
        ordered=False,
        threshold=0.1,  # one row in ten
    )
)
register(
    Statistic(
        key="ks",
        title=message("KS"),
        meaning=message("Kolmogorov-Smirnov: the largest gap between the two cumulative distributions."),
        spec=".3f",
        function=lambda sides: distances.kolmogorov_smirnov(sides.reference, sides.current)[0],
        ordered=True,
    )
)
register(
    Statistic(
        key="jensen_shannon",
        title=message("Jensen-Shannon"),
        meaning=message("Jensen-Shannon distance of either side from the mean of both. 0 is no change."),
        spec=".3f",
        function=lambda sides: distances.jensen_shannon(sides.before, sides.now),
    )
)
register(
    Statistic(
        key="ks_p",
        title=message("p of KS"),
        meaning=message(
            "p-value of the Kolmogorov-Smirnov test: the probability of such a gap if nothing had changed. With many "
            "rows it is always small."
        ),
        spec=".4f",
        function=lambda sides: distances.kolmogorov_smirnov(sides.reference, sides.current)[1],
        ordered=True,
    )
)
register(
    Statistic(
        key="chi2_p",
        title=message("p of chi-squared"),
        meaning=message(
            "p-value of the chi-squared test on the counts: the probability of such a difference if nothing had "
            "changed. With many rows it is always small."
        ),
        spec=".4f",
        function=lambda sides: distances.chi_squared_p(sides.before, sides.now),
        ordered=False,
    )
)
