"""A version's card: made anew from what is recorded whenever it is asked for, and kept once, when it is registered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core.documents import card as pure
from core.documents import html, markdown
from core.scoring.scoring import seen_in
from core.store import registry, settings, tracking
from core.text.language import LANGUAGES
from core.text.messages import Message, tagged
from core.training import gate
from core.training.algorithms import title
from core.workflows import preparation, scoring, training
from core.workflows.lineages import lineage
from core.workflows.runs import Artifact, VersionTag

if TYPE_CHECKING:
    from core.documents.document import Document, Text
    from core.store.registry import RegisteredVersion

LONGEST = 5_000
"""Characters that MLflow's registry keeps of a version's description."""
MOMENT = "%Y-%m-%d %H:%M %Z"


def card(project: str, version: int) -> Document:
    """The card of a version, as of now: batches that it has scored since it was registered are in its lineage."""
    place = settings.load()
    found = registry.get(place, project, version)
    run = found.tags[VersionTag.PREPARATION_RUN]
    prepared = preparation.prepared(run)
    contract = preparation.contract_of(run)
    metrics = tracking.get(place, found.run_id).metrics
    trained = training.trained(found.tags[VersionTag.TRAINING_RUN])
    choice = trained.choice if trained.choice and trained.choice.candidate == found.candidate else None
    return pure.card(
        pure.Facts(
            contract=contract,
            version=version,
            threshold=found.threshold,
            registered=f"{found.registered:{MOMENT}}",
            release=found.tags.get(VersionTag.COURTSIDE, ""),
            candidate=title(found.candidate),
            metrics=metrics,
            constant_log_loss=trained.constant_log_loss,
            rows=_rows(prepared),
            seen=seen_in(tracking.read_table(place, run, Artifact.TRAIN_SET), contract),
            cautions=preparation.table_profile(run).cautions,
            reference=scoring.reference(found),
            choice=choice,
            misses=_misses(found, metrics, contract.fingerprint),
            reason=why_despite(found),
            lineage=lineage(project, version),
        )
    )


def keep(found: RegisteredVersion) -> None:
    """Keeps the card of a version in its candidate's run, in every language as Markdown and as a page, and its first
    sections as the description that other tools show of the version."""
    place = settings.load()
    made = card(found.name, found.version)
    run = tracking.Run(found.run_id, place)
    for language in LANGUAGES:
        for ending, render in (("md", markdown.markdown), ("html", html.html)):
            name = Artifact.CARD.format(version=found.version, language=language, ending=ending)
            run.text(name, render(made, language))
    registry.describe(place, found, markdown.within(made, "en", LONGEST))


def missed(version: RegisteredVersion) -> tuple[str | Message, ...]:
    """What the gate named when a version was registered all the same; sentences again, as far as it kept them so."""
    found = tagged(VersionTag.GATE_MISSES, version.tags)
    return found if len(found) != 1 or isinstance(found[0], Message) else tuple(found[0].split("\n"))


def why_despite(version: RegisteredVersion) -> str | Message:
    """Why a version was registered in spite of what the gate named; "" where it named nothing."""
    return next(iter(tagged(VersionTag.GATE_REASON, version.tags)), "")


def _misses(found: RegisteredVersion, metrics: Mapping[str, float], contract: str) -> tuple[Text, ...]:
    # A version of an older Courtside kept English words; what can be said of its figures anew is a sentence again.
    known = {str(miss): miss for miss in gate.misses(metrics, contract)}
    return tuple(known.get(str(text), text) for text in missed(found))


def _rows(prepared: preparation.Prepared) -> pure.Rows:
    return pure.Rows(
        source=Path(prepared.source).name,
        raw=prepared.rows_raw,
        dropped=prepared.rows_dropped,
        rejected=prepared.rows_rejected,
        train=prepared.rows_train,
        test=prepared.rows_test,
        rate_train=prepared.target_rate_train,
        rate_test=prepared.target_rate_test,
        strategy=prepared.strategy,
        seed=prepared.seed,
    )
