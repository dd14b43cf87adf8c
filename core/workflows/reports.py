"""An assessment's report: made anew from what is recorded whenever it is asked for, and kept with the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.documents import html
from core.documents import report as pure
from core.documents.court import places
from core.documents.document import Document, Text, figure
from core.documents.report_trends import Batches
from core.monitoring.statistics import STATISTICS
from core.retraining.limits import LIMITS
from core.retraining.policies import Policy
from core.store import registry, settings, tracking
from core.text.language import LANGUAGES
from core.text.messages import message
from core.workflows import monitoring, performance, policies, scoring
from core.workflows.lineages import lineage_of
from core.workflows.runs import Artifact, Parameter

if TYPE_CHECKING:
    from core.store.tracking import Run
    from core.workflows.monitoring import Monitored

MOMENT = "%Y-%m-%d %H:%M %Z"


def report(run_id: str) -> Document:
    """The report of an assessment."""
    place = settings.load()
    found = monitoring.monitored(run_id)
    project = tracking.project_of(place, run_id)
    version = registry.get(place, project, found.version)
    contract = scoring.contract_of(version)
    return pure.report(
        pure.Facts(
            batch=found.batch,
            version=found.version,
            assessed=f"{found.when:{MOMENT}}",
            assessment=found.assessment,
            titles={feature.name: feature.title for feature in contract.features},
            panels=monitoring.before_and_now(run_id),
            windows=performance.windows(found.scoring_run),
            batches=_batches(project, found),
            importances=monitoring.importance_changes(run_id),
            places=places(contract, scoring.reference(version), scoring.scored_rows(found.scoring_run)),
            slices=monitoring.worst_slices(found.scoring_run),
            unlabelled=monitoring.unlabelled(run_id),
            decision=policies.decision(run_id),
            settings=tuple(_settings(run_id, version.threshold)),
            lineage=lineage_of(run_id),
        )
    )


def report_page(run_id: str, language: str) -> str:
    """The report as one HTML file: the one that was kept with the run, since labels may have come after it; of a run
    from before reports were kept, made anew."""
    place, name = settings.load(), Artifact.REPORT.format(language=language)
    if tracking.has(place, run_id, name):
        return tracking.artifact(place, run_id, name).read_text()
    return html.html(report(run_id), language)


def keep(run: Run) -> None:
    """Keeps the report of an assessment in its run, as a page in every language."""
    made = report(run.run_id)
    for language in LANGUAGES:
        run.text(Artifact.REPORT.format(language=language), html.html(made, language))


def _batches(project: str, found: Monitored) -> Batches:
    """The batches that were scored by then: a report that is made later says what one made then did."""
    trend = performance.over_batches(project, until=found.when)
    return Batches(trend.windows, trend.versions, trend.references)


def _settings(run_id: str, threshold: float) -> list[tuple[Text, Text]]:
    place = settings.load()
    record = tracking.get(place, run_id)
    rows: list[tuple[Text, Text]] = [
        (message("Threshold"), figure(threshold, "g")),
        (message("Seed"), record.parameters[Parameter.SEED]),
        (message("Rows of the reference"), figure(int(record.parameters[Parameter.REFERENCE_ROWS]), ",d")),
        *((message("Drift threshold: {statistic}", statistic=one.title), figure(one.threshold, "g"))
          for one in STATISTICS.values() if one.threshold),
    ]  # fmt: skip
    if tracking.has(place, run_id, Artifact.DECISION):
        policy = Policy.from_dict(tracking.read_json(place, run_id, Artifact.DECISION)["policy"])
        rows += [
            (message("Policy: {limit}", limit=limit.title), figure(getattr(policy, key), limit.spec))
            for key, limit in LIMITS.items()
        ]
    return [*rows, (message("Run"), run_id)]
