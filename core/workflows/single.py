"""One case: its probability, why, what it would take to move it, and what became of cases like it. Writes no run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from core.data.encoding import model_input
from core.monitoring.support import Support, support
from core.scoring import explanation
from core.store import registry, settings
from core.workflows import preparation, scoring
from core.workflows.runs import VersionTag

if TYPE_CHECKING:
    from core.data.arrays import Floats
    from core.data.contract import Contract
    from core.scoring.explanation import Case, Contributions, Curve
    from core.scoring.probability import Columns
    from core.scoring.scoring import Scorer, Seen

SEED = 10
TEN, NEAR = 10, 100


@dataclass(frozen=True)
class Explained:
    """What a version says of one case.

    `outside` says that training has nothing like it, `beyond` which features lie outside what training saw. `nearest`
    are the ten training rows most like it, the target as 0 or 1; `rate_near` is the target's rate of the `near` rows.
    """

    probability: float
    outside: bool
    beyond: tuple[str, ...]
    contributions: Contributions
    curves: tuple[Curve, ...]
    nearest: pd.DataFrame
    near: int
    rate_near: float


@dataclass(frozen=True)
class Ground:
    """A version with everything about its training rows that a case is held against. A version never changes."""

    scorer: Scorer
    training: pd.DataFrame
    background: Columns
    support: Support


def predict(project: str, rows: pd.DataFrame, *, version: int = 0) -> Floats:
    """The probability of each row that holds the features, by a version (the champion); for a case or a surface."""
    ground = ground_of(project, version)
    return ground.scorer.model.probability(as_columns(rows, ground.scorer.contract))


def explain(project: str, case: Case, *, version: int = 0) -> Explained:
    """Everything there is to say of a case that holds a value for each feature."""
    ground = ground_of(project, version)
    contract, model = ground.scorer.contract, ground.scorer.model
    row = pd.DataFrame([{name: case[name] for name in contract.feature_names}])
    columns = as_columns(row, contract)
    values = {name: column[0] for name, column in columns.items()}
    beyond = _beyond(values, ground.scorer.seen)
    rows = ground.training.iloc[explanation.nearest(values, ground.training, contract, NEAR)].reset_index(drop=True)
    target = rows[contract.target].astype(float)
    return Explained(
        probability=float(model.probability(columns)[0]),
        outside=bool(ground.support.outside(row)[0]) or bool(beyond),
        beyond=beyond,
        contributions=explanation.contributions(model.probability, values, ground.background, SEED),
        curves=tuple(explanation.curves(model.probability, values, ground.training, contract)),
        nearest=rows.head(TEN),
        near=len(rows),
        rate_near=float(target.mean()),
    )


def champion_training_rows(project: str) -> pd.DataFrame:
    """The rows that the champion was trained on."""
    return ground_of(project, 0).training


def usual_case(project: str) -> dict[str, float | str]:
    """The training row of the champion that is nearest to the middle: medians, and the most frequent of the rest."""
    ground = ground_of(project, 0)
    contract, middle = ground.scorer.contract, {}
    rows = ground.training.dropna(subset=contract.feature_names)
    rows = rows if len(rows) else ground.training
    for feature in contract.features:
        values = rows[feature.name].dropna()
        middle[feature.name] = float(values.median()) if feature.traits.ordered else values.mode().iloc[0]
    nearest = explanation.nearest(middle, rows, contract, 1)[0]
    case: dict[str, float | str] = rows[contract.feature_names].iloc[nearest].to_dict()
    return case


def known_categories(project: str) -> dict[str, list[str]]:
    """The categories that the champion's training rows hold, per feature that has any, the most frequent first."""
    ground = ground_of(project, 0)
    names = [feature.name for feature in ground.scorer.contract.features if feature.traits.text]
    return {name: ground.training[name].value_counts().index.tolist() for name in names}


def champion_average(project: str) -> float:
    """The target rate of the champion's training rows: what a case without any knowledge would get."""
    model = registry.champion(settings.load(), project)
    return preparation.prepared(model.tags[VersionTag.PREPARATION_RUN]).target_rate_train


def ground_of(project: str, version: int) -> Ground:
    """What a case is held against; `version` 0 is the champion. Made once for each version."""
    place = settings.load()
    version = version or registry.champion(place, project).version
    return _made_ready(place.tracking_uri, project, version)


@lru_cache(maxsize=4)
def _made_ready(tracking_uri: str, project: str, version: int) -> Ground:
    del tracking_uri  # part of the cache key only: version 1 of one store is not version 1 of another
    model = registry.get(settings.load(), project, version)
    training = preparation.split_of(model.tags[VersionTag.PREPARATION_RUN])[0].train
    scorer = scoring.scorer_of(model)
    return Ground(
        scorer=scorer,
        training=training,
        background=as_columns(explanation.sample(training, SEED), scorer.contract),
        support=support(training, scorer.contract, seed=SEED),
    )


def as_columns(rows: pd.DataFrame, contract: Contract) -> Columns:
    """Rows as the model takes them, an array per feature."""
    # A case and the training rows are in the model's units already: a date is a year with its fraction.
    return {str(name): values.to_numpy() for name, values in model_input(rows, contract).items()}


def _beyond(case: Case, seen: Mapping[str, Seen]) -> tuple[str, ...]:
    return tuple(name for name, known in seen.items() if _strange(case[name], known))


def _strange(value: float | str, seen: Seen) -> bool:
    if value != value or value is None:
        return False
    return value not in seen.categories if seen.categories is not None else not seen.low <= float(value) <= seen.high
