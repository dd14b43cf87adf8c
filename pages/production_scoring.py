"""Score: a batch with every row accounted for, or one case."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import workflows
from core.charts import curves
from core.metrics.evaluation import TARGET_RATE
from pages.parts import court, lineage
from pages.parts.figures import label, leading, lifted, rare, written
from pages.parts.frame import card, folded, head, page, shown
from pages.parts.picture import picture
from pages.parts.reads import linked, read, read_or_none
from pages.parts.score import batch, single
from pages.parts.state import _, chosen, number, plain, say, when
from pages.parts.table import table
from pages.parts.views import views

DRAWN = 200_000
"""Rows that pictures are made of; of more every so-manieth."""


def figures(scored: workflows.Scored) -> None:
    """Every row accounted for, and how the champion did where there are labels."""
    row = st.grid(4, min_column_width=150)
    row.metric(_("Rows in"), number(scored.rows, ",d"), border=True)
    row.metric(_("Scored"), number(scored.rows_scored, ",d"), border=True)
    row.metric(_("Rejected"), number(scored.rows_rejected, ",d"), border=True)
    row.metric(_("With a label"), number(scored.rows_labelled, ",d"), border=True)
    if scored.rows_imputed or scored.rows_unseen or scored.rows_outside:
        st.caption(
            _(
                "{imputed:,} rows were scored with a missing value filled in, {unseen:,} with a category that training "
                "did not have, {outside:,} beyond the range of training in some feature.",
                imputed=scored.rows_imputed,
                unseen=scored.rows_unseen,
                outside=scored.rows_outside,
            )
        )
    if scored.rows_learned:
        st.caption(
            _(
                "Version {version} has learned from {rows:,} of the labelled rows; the figures are of the others.",
                version=scored.version,
                rows=scored.rows_learned,
            )
        )
    if scored.rows_labelled:
        found = {**scored.metrics, TARGET_RATE: scored.target_rate}
        for metric in leading("summary", rare(found)):
            named, value, lift = label(metric), written(metric, scored.metrics.get(metric.key)), ""
            if metric.key == "average_precision":
                value, lift = lifted(found)
            if metric.needs_threshold:
                named = _("{metric} at {threshold}", metric=named, threshold=scored.threshold)
            meaning = say(metric.meaning)
            row.metric(named, value, lift or None, delta_color="off", delta_arrow="off", border=True, help=meaning)


def result(project: str, scored: workflows.Scored) -> None:
    """The scored batch: figures, probabilities, rows, download."""
    rows = read(workflows.scored_rows, scored.run_id, DRAWN)
    figures(scored)
    left, right = st.columns([1.3, 1]) if court.has(project) else (st.container(), None)
    with left, card(_("Probabilities by outcome"), _("threshold {value}", value=scored.threshold)):
        probabilities(rows, scored)
    if right:
        with right, card(_("Where the batch lies")):
            court.density(project, rows, role="current", key="batch-court")
    with shown():
        batch.late_labels(project, scored)
    box = folded(_("Rows as they came, with what was added"), key="rows")
    if box.open:
        added = ["probability", "prediction", "status", "reason", "outside_training_range"]
        with box:
            table(rows[[*added, *rows.columns.drop(added)]], name=f"{batch.stem(scored.batch)}_rows", key="batch-rows")
            if len(rows) < scored.rows:
                st.caption(_("{shown:,} of {rows:,} rows.", shown=len(rows), rows=scored.rows))
    lineage.of_run(scored.run_id, batch.stem(scored.batch))


def probabilities(rows: pd.DataFrame, scored: workflows.Scored) -> None:
    """How the probabilities lie; by outcome where it is known."""
    known = rows[rows["probability"].notna()]
    truth = read(workflows.batch_labels, scored.run_id, DRAWN)
    truth = truth[rows["probability"].notna().to_numpy()]
    values = known["probability"].to_numpy()
    above = float((values >= scored.threshold).mean()) if len(values) else 0.0
    alt = _("{share} of the rows reach the threshold.", share=number(above, ".0%"))
    picture(
        curves.scores,
        values[truth == 1],
        values[truth == 0],
        positive_label=_("positive"),
        negative_label=_("negative"),
        threshold=scored.threshold,
        height=190,
        alt=alt,
        key="probabilities",
    )
    st.caption(alt)


def batch_view(project: str, scored: workflows.Scored | None) -> None:
    """The batch view."""
    left, right = st.columns([1, 2.6])
    with left:
        champion = read(workflows.champion, project)
        with shown():
            batch.ask(project, champion)
        if scored:
            batch.take_away(scored)
    with right:
        if scored:
            result(project, scored)


def batch_head(project: str, scored: workflows.Scored | None) -> DeltaGenerator:
    """What the batch view says first."""
    if scored is None:
        version = read(workflows.champion, project)
        title = _("Version {version} is ready to score", version=version.version)
        return head(title, _("Upload a batch, or take the one that is here."))
    return head(
        _("{scored:,} of {rows:,} rows scored", scored=scored.rows_scored, rows=scored.rows),
        _(
            "{batch} · version {version} · {when}",
            batch=plain(scored.batch),
            version=scored.version,
            when=when(scored.when),
        ),
    )


def switch() -> None:
    """Between a batch and a single case; the link says which."""
    views("view", {"batch": _("A batch"), "single": _("A single case")})


with page("production_scoring") as project:
    contract = read(workflows.project_contract, project)
    read(workflows.champion, project)
    if chosen("view") == "single":
        found = single.answer(project, contract)
        with single.head_of(project, found):
            switch()
        single.show(project, contract, found)
    else:
        asked = linked("batch", "batch")
        scored = read(workflows.scored, asked) if asked else read_or_none(workflows.latest_scored, project)
        with batch_head(project, scored):
            switch()
        batch_view(project, scored)
