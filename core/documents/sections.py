"""What a model card and a monitoring report both say: slices, calibration, and where it all came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from core.charts import curves, performance
from core.charts.curves import Curve
from core.documents.document import Chart, Part, Section, Table, Text, between, figure
from core.metrics.intervals import FEWEST_LABELS
from core.metrics.registry import METRICS
from core.text.messages import Message, message
from core.text.vocabulary import KINDS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.charts.style import Look
    from core.documents.lineage import Lineage
    from core.metrics.curves import Calibration
    from core.metrics.slices import Slice

LOSS = METRICS["log_loss"]
MOST_SLICES = 8


def worst(found: tuple[Slice, ...], where: Message) -> Section:
    """The slices on which a model does worst, worst first; `where` says on which rows."""
    if not found:
        few = message("No slice has {rows} labelled rows.", rows=FEWEST_LABELS)
        return Section(message("Worst slices"), (few,))
    shown = found[:MOST_SLICES]
    alt = message(
        "Worst: {feature} {label}, {loss} a row.",
        feature=shown[0].title, label=shown[0].label, loss=figure(shown[0].excess.value, LOSS.signed),
    )  # fmt: skip
    header = message("Slice"), message("Rows"), message("Target rate"), message("More than a guess"), message("95 %")
    rows = [
        (message("{feature} {label}", feature=one.title, label=one.label), figure(one.rows, ",d"),
         figure(one.target_rate, ".1%"), *between(one.excess, LOSS.signed))
        for one in shown
    ]  # fmt: skip
    said = message(
        "Log loss a row costs more than always saying the rate of these rows. The intervals hold for all {count} "
        "slices together (Bonferroni); slices under {fewest} labels are left out.",
        count=len(found),
        fewest=FEWEST_LABELS,
    )
    chart = Chart(message("Above 0 a fixed guess would do better"), slices_drawn, (shown,), alt)
    return Section(
        message("Worst slices"), (where, said, chart, Table(message("The same in figures"), header, tuple(rows)))
    )


def calibrated(found: Calibration, error: Text, named: Message) -> tuple[Part, ...]:
    """What was predicted against what happened, as a chart and in figures."""
    header = message("Bin"), message("Rows"), message("Predicted"), message("Observed")
    rows = [
        (figure(place, "d"), figure(count, ",d"), figure(predicted, ".1%"), figure(observed, ".1%"))
        for place, (count, predicted, observed) in enumerate(
            zip(found.count, found.predicted, found.observed, strict=True), 1
        )
    ]
    alt = message("The calibration error is {error}.", error=error)
    return (
        Chart(message("Reliability: on the diagonal it keeps its word"), reliability_drawn, (found, named), alt),
        Table(message("Predicted and observed, by rising probability"), header, tuple(rows)),
    )


def lineage(found: Lineage) -> Section:
    """Every step from the file on, as a table: what it is, and by what it is found again."""
    rows = [(KINDS[node.kind], node.title, _found_by(node.key, node.details)) for node in found.nodes]
    header = message("Step"), message("What"), message("Found by")
    table = Table(message("From the file on, each step after those it was made from"), header, tuple(rows), False)
    return Section(message("Lineage"), (table,))


def facts(caption: Message, rows: Iterable[tuple[Text, Text]]) -> Table:
    """What is so, in words: a name and what it is, one a row."""
    return Table(caption, (message("Fact"), message("Value")), tuple(rows), numeric=False)


def slices_drawn(look: Look, shown: tuple[Slice, ...]) -> Figure:
    rows = [
        performance.Row.of(f"{look.named(one.title)} {look.say(one.label)}", one.excess, "current") for one in shown
    ]
    return performance.intervals(look, rows, spec=LOSS.signed, height=40 + 44 * len(rows))


def reliability_drawn(look: Look, found: Calibration, named: Message) -> Figure:
    curve = Curve(look.say(named), found.predicted, found.observed, "current", found.count)
    return curves.reliability(look, [curve], height=320)


def _found_by(key: str, details: Mapping[str, object]) -> Text:
    if details.get("sha256"):
        return f"sha256 {details['sha256']}"
    return str(details.get("fingerprint") or key)
