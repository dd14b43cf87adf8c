"""The same workflows from a shell: python -m core VERB."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TextIO

import click

from core import workflows
from core.data.contract import Contract
from core.data.drafting import Roles
from core.documents.html import html
from core.documents.markdown import markdown
from core.metrics.registry import listed
from core.retraining.mixing import HELD_OUT, SAME
from core.retraining.policies import BOUNDS
from core.shell.printing import plain, table
from core.text.errors import CourtsideError
from core.text.language import LANGUAGES
from core.text.messages import Message, message
from core.workflows import Monitored

project_option = click.option("--project", default="kobe", show_default=True, help="The project's name.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Courtside: prepare, train, register, score, monitor and retrain a classifier."""


def verb(function: Callable, *, under: click.Group | None = None) -> Callable:
    """Makes a workflow call a command: adds the common options, prints the result, turns errors into exit code 2."""

    def run(project: str, as_json: bool, **arguments: object) -> None:
        with _quiet_stdout() as stdout:
            try:
                found = function(project, **arguments)
                result = plain(found)
            except CourtsideError as error:
                click.echo(f"{error.message}\n{error.hint}", err=True)
                sys.exit(2)
            print(json.dumps(result, ensure_ascii=False) if as_json else table(result), file=stdout)
        if isinstance(found, Monitored) and found.asked_by:
            sys.exit(3)

    run.__doc__ = function.__doc__
    run.__click_params__ = getattr(function, "__click_params__", [])
    return (under or cli).command(function.__name__)(project_option(json_option(run)))


@cli.group()
def contract() -> None:
    """What a project's table must look like."""


@verb
def sources(project: str):
    """What the project can be fed from."""
    return {"sources": workflows.data_sources(project)}


@verb
@click.option("--data", default="", help="A file, folder, URI or a source's key; the project's own data by default.")
@click.option("--test-share", default=0.2, show_default=True)
@click.option("--seed", default=10, show_default=True)
@click.option("--strategy", default="stratified", show_default=True, help="stratified, together, group or time.")
@click.option("--features", default="", help="Comma-separated; all of the contract by default.")
@click.option("--repeats", default="keep", show_default=True, type=click.Choice(["keep", "drop"]))
def prepare(project: str, data: str, features: str, **options: object):
    """Check a table against the contract and split it."""
    return workflows.prepare(project, data, features=tuple(_names(features)), progress=_log, **options)


@click.argument("path")
@click.option("--name", required=True, help="The new project's name: small letters, digits, - and _.")
@click.option("--target", required=True)
@click.option("--positive", required=True, help="The target's value that counts as positive.")
@click.option("--features", default="", help="Comma-separated; every usable column by default.")
@click.option("--id", default="", help="The column that identifies a row.")
@click.option("--time", default="", help="The column that orders rows.")
@click.option("--group", default="", help="The column that tells which rows belong together.")
@click.option("--x", default="", help="The columns of a row's place.")
@click.option("--y", default="")
def create(project: str, path: str, name: str, features: str, **roles: str):
    """Draft the contract of a table and save it as a new project."""
    return _contract(workflows.create_project(path, Roles(**roles), name=name, features=_names(features)))


def show(project: str):
    """What a project's contract says."""
    return _contract(workflows.project_contract(project))


@click.argument("path", default="")
def check(project: str, path: str):
    """Check a table against a project's contract and write nothing."""
    return workflows.check_table(project, path)


for command in (create, show, check):
    verb(command, under=contract)


@verb
@click.option("--preparation", default="", help="A preparation run; the newest by default.")
@click.option("--preset", default="assignment", show_default=True, help="assignment, quick, best or retrain.")
@click.option("--candidates", default="", help="Comma-separated, such as rf,hgb_tuned,lr_isotonic.")
@click.option("--metric", default="log_loss", show_default=True,
              help=f"What tuning optimises: {', '.join(metric.key for metric in listed('search'))}.")  # fmt: skip
@click.option("--budget", default=0.0, help="Seconds after which no candidate is begun; 0 for none.")
@click.option("--folds", default=10, show_default=True, type=click.IntRange(2, 50))
@click.option("--iterations", default=10, show_default=True, type=click.IntRange(1, 1000))
@click.option("--seed", default=10, show_default=True)
def train(project: str, preparation: str, candidates: str, **options: object):
    """Train the candidates and recommend one."""
    return workflows.train(project, preparation, candidates=_names(candidates), progress=_log, **options)


@verb
@click.option("--candidate", default="", help="A candidate's name; the recommended one by default.")
@click.option("--training", default="", help="A training run; the newest by default.")
@click.option("--threshold", default=0.5, show_default=True)
@click.option("--reason", default="", help="Why, where it misses what a version needs.")
def register(project: str, candidate: str, training: str, threshold: float, reason: str):
    """Make a candidate the next version."""
    return workflows.register(project, candidate, training_run=training, threshold=threshold, reason=reason)


@verb
@click.option("--version", default=0, help="The newest by default.")
@click.option("--reason", default="", help="Kept in the history.")
@click.option("--who", default="", help="The login name by default.")
def promote(project: str, version: int, reason: str, who: str):
    """Make a version the champion."""
    return workflows.promote(project, version, reason=reason, who=who)


@verb
@click.option("--reason", default="", help="Kept in the history.")
@click.option("--who", default="", help="The login name by default.")
def rollback(project: str, reason: str, who: str):
    """Return to the champion before the present one."""
    return workflows.rollback(project, reason=reason, who=who)


@verb
@click.argument("data", nargs=-1)
@click.option("--version", default=0, help="The champion by default.")
def score(project: str, data: tuple[str, ...], version: int):
    """Score a batch: a file, a folder, a URI or several of these; the project's production data by default."""
    return workflows.score(project, data, version=version, progress=_log)


@verb
@click.argument("data")
@click.option("--batch", default="", help="A scoring run; the newest by default.")
def labels(project: str, data: str, batch: str):
    """Join a file of labels that came later to a scored batch."""
    joined = workflows.add_labels(project, data, scoring_run=batch)
    return {"scoring_run": joined.scoring_run, "added": joined.added, "confirmed": joined.confirmed,
            "unused": len(joined.unused)}  # fmt: skip


@verb
@click.option("--batch", default="", help="A scoring run; the newest by default.")
def monitor(project: str, batch: str):
    """Say whether the model fits a scored batch; exits with 3 when the verdict or the policy asks for action."""
    return workflows.monitor(project, batch, progress=_log)


def each_limit(function: Callable) -> Callable:
    """One option for each limit of a policy."""
    for name, (low, high) in reversed(BOUNDS.items()):
        told = f"{low:g} to {high:g}, or off; as it is by default."
        function = click.option(f"--{name.replace('_', '-')}", metavar="LIMIT", help=told)(function)
    return function


@verb
@each_limit
@click.option("--promote/--no-promote", default=None, help="Whether a challenger that passes the guard is promoted.")
@click.option("--who", default="", help="Who wants it; the login name by default.")
@click.option("--preview", is_flag=True, help="Change nothing: say what it would have said of the batches assessed.")
def policy(project: str, promote: bool | None, who: str, preview: bool, **limits: str | None):
    """Show when the project wants to retrain, or change it."""
    kept = workflows.policy(project)
    changes = {name: _limit(name, text) for name, text in limits.items() if text is not None}
    changes |= {} if promote is None else {"promote": promote}
    wanted = replace(kept.policy, **changes)
    if preview:
        return {"policy": wanted, "batches": workflows.policy_preview(project, wanted)}
    return workflows.keep_policy(project, wanted, who=who) if changes else kept


@verb
@click.option("--send", is_flag=True, help="Tell the channels that have not delivered the newest one yet.")
def alerts(project: str, send: bool):
    """Show the alert of the newest assessment and who was told."""
    newest = workflows.latest_monitored(project).run_id
    if send:
        workflows.deliver_alert(project, newest, progress=_log)
    return {"alert": workflows.alert(newest), "channels": workflows.alert_channels()}


@verb
@click.option("--batch", multiple=True, help="A scoring run, or several; the newest with labels by default.")
@click.option("--rows", default="all", show_default=True, help="all, or only the latest: year, season or month.")
@click.option("--weight", default=SAME, show_default=True, help="How much a production row counts beside one of the "
              "champion's own; 0 makes both sides count the same in all.")  # fmt: skip
@click.option("--held-out", default=HELD_OUT, show_default=True, help="Share kept for the comparison, 0.1 to 0.9.")
@click.option("--preset", default="retrain", show_default=True, help="retrain, assignment, quick or best.")
@click.option("--candidates", default="", help="Comma-separated, such as rf,hgb_tuned; in place of the preset.")
@click.option("--folds", default=10, show_default=True, type=click.IntRange(2, 50))
@click.option("--iterations", default=10, show_default=True, type=click.IntRange(1, 1000))
@click.option("--seed", default=10, show_default=True)
@click.option("--plan", is_flag=True, help="Only say what would go in.")
def retrain(project: str, batch: tuple[str, ...], candidates: str, plan: bool, **options: object):
    """Make a challenger from labelled batches and compare it with the champion."""
    options["candidates"] = _names(candidates)
    if not plan:
        return workflows.retrain(project, batch, progress=_log, **options)
    planned = {name: value for name, value in options.items() if name not in ("folds", "iterations", "seed")}
    return workflows.retraining_plan(project, batch, **planned)


language_option = click.option("--language", default="en", show_default=True, type=click.Choice(list(LANGUAGES)))


@verb
@click.option("--version", default=0, help="The champion by default.")
@click.option("--to", default="", help="A file that ends with .html or .md; a page named after the version by default.")
@language_option
def card(project: str, version: int, to: str, language: str):
    """Write the model card of a version."""
    number = version or workflows.champion(project).version
    render = markdown if to.endswith(".md") else html
    made = render(workflows.card(project, number), language)
    return _written(made, to or f"{project}_version_{number}_model_card.html")


@verb
@click.option("--batch", default="", help="A scoring run; the newest by default.")
@click.option("--to", default="", help="A file that ends with .html or .md; a page named after the batch by default.")
@language_option
def report(project: str, batch: str, to: str, language: str):
    """Write the report of the newest assessment."""
    found = workflows.latest_monitored(project, batch)
    if to.endswith(".md"):
        return _written(markdown(workflows.report(found.run_id), language), to)
    made = workflows.report_page(found.run_id, language)
    return _written(made, to or f"{Path(found.batch).stem}_monitoring_report.html")


@verb
@click.option("--version", default=0, help="The champion by default.")
@click.option("--run", default="", help="A candidate's, a scoring or a monitoring run, in place of a version.")
def lineage(project: str, version: int, run: str):
    """Walk back from a version, or from a run's figures, to the file, and on to what was made of it."""
    if run:
        return workflows.lineage_of(run).as_dict()
    return workflows.lineage(project, version or workflows.champion(project).version).as_dict()


@verb
@click.option("--by", default="season", show_default=True, type=click.Choice(["season", "year", "month", "rows"]))
@click.option("--rows", default=1_000, show_default=True, help="Rows of a window, with --by rows.")
@click.option("--first", default=3, show_default=True, help="Windows that train the first model.")
@click.option(
    "--every", default=4, show_default=True, type=click.IntRange(1), help="Also retrain after so many windows."
)
@click.option("--memory", default=0, show_default=True, help="Windows a retraining learns from; 0 for all.")
@click.option("--batches", is_flag=True, help="Scored batches that have labels join by their time.")
@click.option("--seed", default=10, show_default=True)
def replay(project: str, **options: object):
    """Feed the history window by window and compare ways to retrain; writes no version."""
    return workflows.replay(project, progress=_log, **options)


@verb
def status(project: str):
    """Where every stage stands."""
    return workflows.status(project)


@verb
def demo(project: str):
    """All of it, one stage after the other."""
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


def _written(text: str, to: str) -> dict:
    try:
        Path(to).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CourtsideError(
            message("{file} can't be written: {why}.", file=to, why=error.strerror or str(error)),
            message("Name a file in a folder that is there."),
        ) from error
    return {"file": to}


def _contract(found: Contract) -> dict:
    return {**asdict(found), "fingerprint": found.fingerprint}


def _log(done: int, total: int, what: Message) -> None:
    click.echo(f"[{done}/{total}] {what}", err=True)


class _quiet_stdout:  # noqa: N801
    # Libraries print to standard output, in this process and in those they start; it belongs to the result alone.
    def __enter__(self) -> TextIO:
        sys.stdout.flush()
        self._real = os.dup(1)
        os.dup2(2, 1)
        self._file = os.fdopen(os.dup(self._real), "w")
        return self._file

    def __exit__(self, *_: object) -> None:
        self._file.close()
        sys.stdout.flush()
        os.dup2(self._real, 1)
        os.close(self._real)


def main() -> None:
    """What `python -m core` does: logs go to standard error, a mistake that can be mended exits with 2."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    cli(prog_name="python -m core")
