"""The card of a registered version: what it is for, how good it is, on what, and where that ends.

After Mitchell et al., "Model Cards for Model Reporting" (2019). Every sentence is made from what is recorded of the
version; what nobody recorded is left out, and no card says more than its runs do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.data.contract import NULLS, Contract, Feature
from core.data.split import STRATEGIES
from core.documents import sections
from core.documents.document import UNKNOWN, Document, Part, Points, Section, Table, Text, between, bounds, figure
from core.metrics import curves, intervals
from core.metrics.cells import ECE_BINS
from core.metrics.evaluation import TARGET_RATE
from core.metrics.intervals import Interval
from core.metrics.recorded import on_folds, on_test, with_bounds
from core.metrics.registry import METRICS, thresholded
from core.metrics.slices import slices
from core.metrics.thresholds import describe
from core.text.messages import Message, message

if TYPE_CHECKING:
    import pandas as pd

    from core.data.arrays import Floats
    from core.data.profile import Caution
    from core.documents.lineage import Lineage
    from core.scoring.scoring import Seen
    from core.training.recommendation import Choice

SEED = 10
"""Fixed, so that the same version always has the same card."""
MOST_NAMED = 12
"""Categories of a feature that are named."""


@dataclass(frozen=True)
class Rows:
    """The rows behind a version: read, left out for a null, rejected, of each part with its target rate; and how they
    were divided."""

    source: str
    raw: int
    dropped: int
    rejected: int
    train: int
    test: int
    rate_train: float
    rate_test: float
    strategy: str
    seed: int


@dataclass(frozen=True)
class Facts:
    """What is recorded of a version. `release` is the Courtside that registered it, "" where that was before 0.2.0.
    `metrics` are those of its candidate (`test_...`, `cv_..._mean`), `reference` its scored test rows (features,
    target, `probability`), `seen` what its training rows held; `choice` is the person's own, None where nobody made
    one; `misses` are what the gate named, and `reason` why it was registered all the same.
    """

    contract: Contract
    version: int
    threshold: float
    registered: str
    release: str
    candidate: Message
    metrics: Mapping[str, float]
    constant_log_loss: float
    rows: Rows
    seen: Mapping[str, Seen]
    cautions: tuple[Caution, ...]
    reference: pd.DataFrame
    choice: Choice | None
    misses: tuple[Text, ...]
    reason: Text
    lineage: Lineage


def card(facts: Facts) -> Document:
    """The card of a version, its most asked-for sections first."""
    target = facts.reference[facts.contract.target].to_numpy(float)
    probability = facts.reference["probability"].to_numpy(float)
    title = message("Model card: {project}, version {version}", project=facts.contract.title, version=facts.version)
    lead = message(
        "Algorithm: {candidate}. Registered {when}. Every figure is made from what is recorded of this version.",
        candidate=facts.candidate,
        when=facts.registered,
    )
    release = message("It was registered with Courtside {release}.", release=facts.release)
    where = message("On the {rows:,} test rows, which the model was not trained on.", rows=len(target))
    return Document(
        title,
        (lead, release) if facts.release else (lead,),
        (
            _purpose(facts),
            _metrics(facts, where),
            _limits(facts),
            _threshold(facts, target, probability),
            _calibration(facts, target, probability),
            sections.worst(slices(facts.reference, facts.contract, target, probability), where),
            _data(facts),
            sections.lineage(facts.lineage),
        ),
    )


def _purpose(facts: Facts) -> Section:
    contract = facts.contract
    named = {"target": contract.target, "positive": contract.positive, "project": contract.title}
    return Section(
        message("Purpose"),
        (
            message("It gives the probability that {target} is {positive} for a row of {project}.", **named),
            message(
                "It is meant for rows like those it was trained on; whether a batch is like them, its assessment says. "
                "A probability says what tends to happen, not why."
            ),
        ),
    )


def _metrics(facts: Facts, where: Message) -> Section:
    header = message("Figure"), message("On test"), message("95 % interval"), message("Mean over folds")
    rows = []
    for key, metric in METRICS.items():
        if not metric.needs_threshold and on_test(key) in facts.metrics:
            rows.append(_measured(facts, key, metric.title, metric.spec))
    rows.append(_measured(facts, TARGET_RATE, message("Target rate"), ".1%"))
    guess = figure(facts.constant_log_loss, METRICS["log_loss"].spec)
    rows.append((message("Log loss of the best constant"), guess, UNKNOWN, UNKNOWN))
    table = Table(message("How good it is, whatever the threshold"), header, tuple(rows))
    return Section(message("Metrics"), (where, METRICS["skill"].meaning, table))


def _measured(facts: Facts, key: str, title: Message, spec: str) -> tuple[Text, ...]:
    value, low, high = with_bounds(facts.metrics, key)
    return title, figure(value, spec), bounds(low, high, spec), figure(facts.metrics.get(on_folds(key)), spec)


def _limits(facts: Facts) -> Section:
    header = message("Feature"), message("Kind"), message("Trained on"), message("Contract allows"), message("If null")
    features = facts.contract.features
    rows = [
        (_titled(item), item.traits.title, _seen(facts.seen.get(item.name)), _allowed(item), NULLS[item.nulls])
        for item in features
    ]
    parts: list[Part] = [
        message(
            "Beyond what it was trained on the model guesses. Scoring marks every such row, and counts categories that "
            "training did not have."
        ),
        Table(message("What it was trained on"), header, tuple(rows), numeric=False),
    ]
    if facts.misses:
        parts += [
            message("It was registered although it misses what a version needs:"),
            Points(facts.misses),
            message("The reason given: {reason}", reason=facts.reason),
        ]
    if facts.cautions:
        warned = tuple(message("{what}. {why}", what=caution.what, why=caution.why) for caution in facts.cautions)
        parts += [message("What may flatter its figures:"), Points(warned)]
    return Section(message("Limits"), tuple(parts))


def _threshold(facts: Facts, target: Floats, probability: Floats) -> Section:
    parts: list[Part] = [
        message("From a probability of {threshold:g} on, a row is predicted positive.", threshold=facts.threshold)
    ]
    choice = facts.choice
    if choice and choice.threshold == facts.threshold:
        if choice.rule:
            parts.append(message("It was chosen for {rule}.", rule=describe(choice.rule)))
        if choice.why:
            parts.append(message("In the words of who chose it: {why}", why=choice.why))
    keys = [metric.key for metric in thresholded()]
    found = intervals.intervals(target, probability, keys, SEED, threshold=facts.threshold)
    rows = [(METRICS[key].title, *between(interval, METRICS[key].spec)) for key, interval in found.items()]
    header = message("Figure"), message("On test"), message("95 % interval")
    calls = probability >= facts.threshold
    counts = [
        (said, *(figure(int(((target == outcome) & (calls == call)).sum()), ",d") for call in (False, True)))
        for outcome, said in ((0, message("Was negative")), (1, message("Was positive")))
    ]
    predicted = message("Outcome"), message("Predicted negative"), message("Predicted positive")
    parts += [
        Table(message("What it comes to on the test rows"), header, tuple(rows)),
        Table(message("Outcomes and predictions on the test rows"), predicted, tuple(counts)),
    ]
    return Section(message("Threshold"), tuple(parts))


def _calibration(facts: Facts, target: Floats, probability: Floats) -> Section:
    error = Interval(*(np.nan if bound is None else bound for bound in with_bounds(facts.metrics, "ece")))
    value, interval = between(error, METRICS["ece"].spec)
    said = message(
        "The mean gap between what it predicts and what happens is {error} (95 % interval {interval}), over {bins} "
        "bins of equal counts.",
        bins=ECE_BINS,
        error=value,
        interval=interval,
    )
    drawn = sections.calibrated(curves.calibration(target, probability), value, facts.candidate)
    return Section(message("Calibration"), (said, *drawn))


def _data(facts: Facts) -> Section:
    rows = facts.rows
    how = message("{how}, seed {seed}", how=STRATEGIES.get(rows.strategy, rows.strategy), seed=str(rows.seed))
    counts = (
        (message("Source"), rows.source),
        (message("Rows read"), figure(rows.raw, ",d")),
        (message("Left out: no target or a null"), figure(rows.dropped, ",d")),
        (message("Rejected by the contract"), figure(rows.rejected, ",d")),
        (message("Training rows"), _part(rows.train, rows.rate_train)),
        (message("Test rows"), _part(rows.test, rows.rate_test)),
        (message("Divided"), how),
        (message("Contract"), facts.contract.fingerprint),
    )
    return Section(message("Data"), (sections.facts(message("The rows behind it"), counts),))


def _part(rows: int, rate: float) -> Message:
    return message("{rows:,}, {rate:.1%} of them positive", rows=rows, rate=rate)


def _titled(feature: Feature) -> Text:
    return message("{name}, {unit}", name=feature.title, unit=feature.unit) if feature.unit else feature.title


def _seen(seen: Seen | None) -> Text:
    if seen is None:
        return UNKNOWN
    if seen.categories is not None:
        return _listed(sorted(seen.categories))
    return bounds(seen.low, seen.high, ".6g")


def _allowed(feature: Feature) -> Text:
    if feature.categories:
        return _listed(list(feature.categories))
    match feature.minimum, feature.maximum:
        case None, None:
            return feature.traits.title if feature.traits.yes_no else message("anything")
        case low, None:
            return message("from {low:.6g}", low=low)
        case None, high:
            return message("up to {high:.6g}", high=high)
    return bounds(feature.minimum, feature.maximum, ".6g")


def _listed(values: list[str]) -> Text:
    if len(values) <= MOST_NAMED:
        return ", ".join(map(str, values)) or UNKNOWN
    first = ", ".join(map(str, values[:MOST_NAMED]))
    return message("{first} and {more:,} more", first=first, more=len(values) - MOST_NAMED)
