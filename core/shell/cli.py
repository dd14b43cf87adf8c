"""The same workflows from a shell: python -m core VERB."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from core import __version__, workflows
from core.data.drafting import Roles
from core.data.split import MOST_SEED
from core.documents.html import html
from core.documents.markdown import markdown
from core.metrics.registry import listed
from core.retraining.limits import LIMITS
from core.retraining.mixing import HELD_LEAST, HELD_MOST, HELD_OUT, SAME
from core.shell.printing import plain, table
from core.text.errors import CourtsideError
from core.text.language import ENGLISH, LANGUAGES
from core.text.messages import Message, message
from core.workflows import Monitored

if TYPE_CHECKING:
    from core.data.contract import Contract

Verb = TypeVar("Verb", bound=Callable[..., object])
project_option = click.option("--project", default="kobe", show_default=True, help="The project's name.")
seed_option = click.option("--seed", default=10, show_default=True, type=click.IntRange(0, MOST_SEED),
                           help="The same seed gives the same result.")  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="Courtside")
def cli() -> None:
    """Courtside: prepare, train, register, score, monitor and retrain a yes/no classifier."""


def verb(function: Callable[..., object], *, under: click.Group | None = None) -> click.Command:
    """Makes a workflow call a command: adds the common options, prints the result, turns errors into exit code 2. One
    that works with runs first finishes or takes back what a killed process had begun."""

    @wraps(function)
    def run(project: str, as_json: bool, **arguments: object) -> None:
        with _quiet_stdout() as stdout:
            try:
                if under is None:
                    workflows.close_interrupted()
                found = function(project, **arguments)
                result = plain(found)
            except CourtsideError as error:
                click.echo(f"{error.message}\n{error.hint}", err=True)
                sys.exit(2)
            text = table(result) if isinstance(result, dict) and not as_json else json.dumps(result, ensure_ascii=False)
            print(text, file=stdout)
        if isinstance(found, Monitored) and found.asked_by:
            sys.exit(3)

    return (under or cli).command(function.__name__)(project_option(json_option(run)))


@cli.group()
def contract() -> None:
    """Create a project's contract, show it, or check a table against it."""


@verb
def sources(project: str) -> object:
    """List the tables that a project can be prepared from."""
    return {"sources": workflows.data_sources(project)}


@verb
@click.option("--data", default="", help="A file, folder, URI or a source's key; the project's own data by default.")
@click.option("--test-share", default=0.2, show_default=True, help="Share of the rows that go into the test set.")
@seed_option
@click.option(
    "--strategy", default="stratified", show_default=True, help="How to split: stratified, together, group or time."
)
@click.option("--features", default="", help="Comma-separated; all of the contract by default.")
@click.option("--repeats", default="keep", show_default=True, type=click.Choice(["keep", "drop"]),
              help="Whether a row that repeats an earlier one, its id apart, is kept or rejected.")  # fmt: skip
def prepare(project: str, data: str, features: str, **options: Any) -> object:
    """Check a table against the contract and split it."""
    return workflows.prepare(project, data, features=tuple(_names(features)), progress=_log, **options)


@click.argument("path")
@click.option("--name", required=True, help="The new project's name: small letters, digits, - and _.")
@click.option("--target", required=True, help="The column to predict.")
@click.option("--positive", required=True, help="The target's value that counts as positive.")
@click.option("--features", default="", help="Comma-separated; every usable column by default.")
@click.option("--id", default="", help="The column that identifies a row.")
@click.option("--time", default="", help="The column that orders rows.")
@click.option("--group", default="", help="The column that tells which rows belong together.")
@click.option("--x", default="", help="The column of a row's horizontal position.")
@click.option("--y", default="", help="The column of a row's vertical position.")
def create(_: str, path: str, name: str, features: str, **roles: str) -> object:
    """Draft the contract of a table and save it as a new project."""
    return _contract(workflows.create_project(path, Roles(**roles), name=name, features=_names(features)))


def show(project: str) -> object:
    """Show a project's contract."""
    return _contract(workflows.project_contract(project))


@click.argument("path", default="")
def check(project: str, path: str) -> object:
    """Check a table against a project's contract and write nothing."""
    return workflows.check_table(project, path)


for command in (create, show, check):
    verb(command, under=contract)


@verb
@click.option("--preparation", default="", help="A preparation run; the newest by default.")
@click.option(
    "--preset", default="assignment", show_default=True, help="Which candidates: assignment, quick, best or retrain."
)
@click.option(
    "--candidates", default="", help="Comma-separated, such as rf,hgb_tuned,lr_isotonic; in place of the preset."
)
@click.option("--metric", default="log_loss", show_default=True,
              help=f"What tuning optimises: {', '.join(metric.key for metric in listed('search'))}.")  # fmt: skip
@click.option("--budget", default=0.0, help="Seconds after which no further candidate starts; 0 for no limit.")
@click.option("--folds", default=10, show_default=True, type=click.IntRange(2, 50), help="Folds of cross-validation.")
@click.option("--iterations", default=10, show_default=True, type=click.IntRange(1, 1000),
              help="Settings that tuning tries for each candidate.")  # fmt: skip
@seed_option
def train(project: str, preparation: str, candidates: str, **options: Any) -> object:
    """Train the candidates and recommend one."""
    return workflows.train(project, preparation, candidates=_names(candidates), progress=_log, **options)


@verb
@click.option("--candidate", default="", help="A candidate's name; the recommended one by default.")
@click.option("--training", default="", help="A training run; the newest by default.")
@click.option("--threshold", default=0.5, show_default=True, help="Probability from which a row is predicted positive.")
@click.option("--reason", default="", help="Why to register a candidate that fails the gate.")
def register(project: str, candidate: str, training: str, threshold: float, reason: str) -> object:
    """Register a candidate as the next version."""
    return workflows.register(project, candidate, training_run=training, threshold=threshold, reason=reason)


@verb
@click.option("--version", default=0, help="A version's number; the newest by default.")
@click.option("--reason", default="", help="Why; kept in the history.")
@click.option("--who", default="", help="Who decides; the login name by default.")
def promote(project: str, version: int, reason: str, who: str) -> object:
    """Make a version the champion."""
    return workflows.promote(project, version, reason=reason, who=who)


@verb
@click.option("--reason", default="", help="Why; kept in the history.")
@click.option("--who", default="", help="Who decides; the login name by default.")
def rollback(project: str, reason: str, who: str) -> object:
    """Return to the champion before the present one."""
    return workflows.rollback(project, reason=reason, who=who)


@verb
@click.argument("data", nargs=-1)
@click.option("--version", default=0, help="A version's number; the champion by default.")
def score(project: str, data: tuple[str, ...], version: int) -> object:
    """Score a batch: a file, a folder, a URI or several of these; the project's production data by default."""
    return workflows.score(project, data, version=version, progress=_log)


@verb
@click.argument("data")
@click.option("--batch", default="", help="A scoring run; the newest by default.")
def labels(project: str, data: str, batch: str) -> object:
    """Add a file of actual outcomes to a scored batch."""
    joined = workflows.add_labels(project, data, scoring_run=batch)
    return {"scoring_run": joined.scoring_run, "added": joined.added, "confirmed": joined.confirmed,
            "unused": len(joined.unused)}  # fmt: skip


@verb
@click.option("--batch", default="", help="A scoring run; the newest by default.")
def monitor(project: str, batch: str) -> object:
    """Assess whether the model fits a scored batch. Exits with 3 when the verdict or the policy asks for action."""
    return workflows.monitor(project, batch, progress=_log)


def each_limit(function: Verb) -> Verb:
    """One option for each limit of a policy."""
    for key, limit in reversed(LIMITS.items()):
        usual = "off" if limit.default is None else f"{limit.default:g}"
        told = f"{limit.meaning} {limit.low:g} to {limit.high:g}, or off; {usual} where nobody set it."
        function = click.option(f"--{key.replace('_', '-')}", metavar="LIMIT", help=told)(function)
    return function


@verb
@each_limit
@click.option("--promote/--no-promote", default=None, help="Whether a challenger that passes the guard is promoted.")
@click.option("--who", default="", help="Who decides; the login name by default.")
@click.option(
    "--preview", is_flag=True, help="Save nothing; show what the policy would have decided for the assessed batches."
)
def policy(project: str, promote: bool | None, who: str, preview: bool, **limits: str | None) -> object:
    """Show the project's retraining policy, or change its limits."""
    kept = workflows.policy(project)
    changes: dict[str, Any] = {name: _limit(name, text) for name, text in limits.items() if text is not None}
    changes |= {} if promote is None else {"promote": promote}
    wanted = replace(kept.policy, **changes)
    if preview:
        return {"policy": wanted, "batches": workflows.policy_preview(project, wanted)}
    return workflows.keep_policy(project, wanted, who=who) if changes else kept


@verb
@click.option("--send", is_flag=True, help="Send the newest alert over the channels that have not delivered it.")
def alerts(project: str, send: bool) -> object:
    """Show the alert of the newest assessment and its deliveries."""
    newest = workflows.latest_monitored(project).run_id
    if send:
        workflows.deliver_alert(project, newest, progress=_log)
    return {"alert": workflows.alert(newest), "channels": workflows.alert_channels()}


@verb
@click.option("--batch", multiple=True, help="A scoring run, or several; the newest with labels by default.")
@click.option(
    "--rows", default="all", show_default=True, help="Which labelled rows: all, or the latest year, season or month."
)
@click.option("--weight", default=SAME, show_default=True, help="Weight of a production row; a row of the "
              "champion's training set has 1. With 0, both sets have the same total weight.")  # fmt: skip
@click.option(
    "--held-out",
    default=HELD_OUT,
    show_default=True,
    help=f"Share of the labelled rows kept for the comparison, {HELD_LEAST} to {HELD_MOST}.",
)
@click.option(
    "--preset", default="retrain", show_default=True, help="Which candidates: retrain, assignment, quick or best."
)
@click.option("--candidates", default="", help="Comma-separated, such as rf,hgb_tuned; in place of the preset.")
@click.option("--folds", default=10, show_default=True, type=click.IntRange(2, 50), help="Folds of cross-validation.")
@click.option("--iterations", default=10, show_default=True, type=click.IntRange(1, 1000),
              help="Settings that tuning tries for each candidate.")  # fmt: skip
@seed_option
@click.option("--plan", is_flag=True, help="Train nothing; show what the retraining would learn from.")
def retrain(project: str, batch: tuple[str, ...], candidates: str, plan: bool, **options: Any) -> object:
    """Make a challenger from labelled batches and compare it with the champion."""
    options["candidates"] = _names(candidates)
    if not plan:
        return workflows.retrain(project, batch, progress=_log, **options)
    return workflows.retraining_plan(project, batch, **options)


language_option = click.option("--language", default=ENGLISH, show_default=True, type=click.Choice(list(LANGUAGES)),
                               help="The language of the file.")  # fmt: skip


@verb
@click.option("--version", default=0, help="A version's number; the champion by default.")
@click.option("--to", default="", help="A file that ends with .html or .md; a page named after the version by default.")
@language_option
def card(project: str, version: int, to: str, language: str) -> object:
    """Write the model card of a version."""
    number = version or workflows.champion(project).version
    render = markdown if to.endswith(".md") else html
    made = render(workflows.card(project, number), language)
    return _written(made, to or f"{project}_version_{number}_model_card.html")


@verb
@click.option("--batch", default="", help="A scoring run; the newest by default.")
@click.option("--to", default="", help="A file that ends with .html or .md; a page named after the batch by default.")
@language_option
def report(project: str, batch: str, to: str, language: str) -> object:
    """Write the report of the newest assessment."""
    found = workflows.latest_monitored(project, batch)
    if to.endswith(".md"):
        return _written(markdown(workflows.report(found.run_id), language), to)
    made = workflows.report_page(found.run_id, language)
    return _written(made, to or f"{Path(found.batch).stem}_monitoring_report.html")


@verb
@click.option("--version", default=0, help="A version's number; the champion by default.")
@click.option("--run", default="", help="A candidate's, a scoring or a monitoring run, in place of a version.")
def lineage(project: str, version: int, run: str) -> object:
    """Show the lineage of a version or a run: from the source file to the verdicts."""
    if run:
        return workflows.lineage_of(run).as_dict()
    return workflows.lineage(project, version or workflows.champion(project).version).as_dict()


@verb
@click.option("--by", default="season", show_default=True, type=click.Choice(["season", "year", "month", "rows"]),
              help="How to cut the history into windows.")  # fmt: skip
@click.option("--rows", default=1_000, show_default=True, help="Rows of a window, with --by rows.")
@click.option("--first", default=3, show_default=True, help="Number of windows that train the first model.")
@click.option(
    "--every", default=4, show_default=True, type=click.IntRange(1), help="Windows between two scheduled retrainings."
)
@click.option(
    "--memory", default=0, show_default=True, help="Number of newest windows that a retraining learns from; 0 for all."
)
@click.option("--batches", is_flag=True, help="Include scored batches that have labels.")
@seed_option
def replay(project: str, **options: Any) -> object:
    """Compare retraining policies over the project's history, window by window. Registers nothing."""
    return workflows.replay(project, progress=_log, **options)


@verb
def status(project: str) -> object:
    """Show the state of every stage."""
    return workflows.status(project)


@verb
def demo(project: str) -> object:
    """Run every stage, one after the other."""
    return workflows.demo(project, progress=_log)


def _limit(name: str, text: str) -> float | int | None:
    if text == "off":
        return None
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError as error:
        raise CourtsideError(
            message("{name} is {text}.", name=name, text=text), message("Give a number, or off.")
        ) from error


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _written(text: str, to: str) -> dict[str, object]:
    try:
        Path(to).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CourtsideError(
            message("{file} can't be written: {why}.", file=to, why=error.strerror or str(error)),
            message("Name a file in a folder that is there."),
        ) from error
    return {"file": to}


def _contract(found: Contract) -> dict[str, object]:
    return {**asdict(found), "fingerprint": found.fingerprint}


def _log(done: int, total: int, what: Message) -> None:
    click.echo(f"[{done}/{total}] {what}", err=True)


@contextmanager
def _quiet_stdout() -> Iterator[TextIO]:
    """Libraries print to standard output, in this process and in those they start; it belongs to the result alone."""
    sys.stdout.flush()
    real = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(os.dup(real), "w") as file:
            yield file
    finally:
        sys.stdout.flush()
        os.dup2(real, 1)
        os.close(real)


def main() -> None:
    """What `python -m core` does: logs go to standard error, a mistake that can be mended exits with 2."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    cli(prog_name="python -m core")
