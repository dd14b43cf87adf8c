"""What runs hold is named in one place, and nowhere by hand."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.store import settings, tracking
from core.workflows import runs
from core.workflows.runs import Artifact, MetricKey, Parameter, RunName, Tag, VersionTag

HOUSE = settings.HOUSE
WORKFLOWS = [path for path in sorted((HOUSE / "core" / "workflows").glob("*.py")) if path.name != "runs.py"]
READERS = [
    *sorted((HOUSE / "core" / "shell").glob("*.py")),
    HOUSE / "Home.py",
    *sorted((HOUSE / "pages").rglob("*.py")),
]
SCHEMA = (RunName, Tag, VersionTag, Parameter, MetricKey, Artifact)
MAPPINGS = {"tags", "parameters", "metrics"}
"""What a run is asked by name, and what it is told by name."""
TOLD = {"json", "text", "table", "read_json", "read_table", "artifact", "has", "runs"}
"""Calls with the name of an artifact, or of a run, among their arguments."""
UNMISTAKABLE = {name for kind in SCHEMA for name in map(str, kind) if "_" in name or "." in name}
UNMISTAKABLE |= set(map(str, RunName))
UNMISTAKABLE -= {"outside_share", "log_loss", "roc_auc"}  # limits and metrics are called so, too


def by_hand(source: str) -> set[str]:
    """The names that a module writes or reads runs by, without taking them from the schema."""
    tree = ast.parse(source)
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and _literal(node.value)}
    said |= {id(part) for node in ast.walk(tree) if _is_sentence(node) for part in ast.walk(node)}
    nodes = [node for node in ast.walk(tree) if id(node) not in said]
    found = {node.value for node in nodes if isinstance(node, ast.Constant) and node.value in UNMISTAKABLE}
    return found | {ast.unparse(part) for node in nodes for part in _names(node) if _literal(part)}


def _is_sentence(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("message", "_")


def _literal(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _names(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that stand where a name of the schema belongs."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr=attribute)) if attribute in MAPPINGS:
            yield node.slice
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[ast.Attribute(attr=attribute)]):
            if attribute in MAPPINGS:
                yield node.left
        case ast.Compare(left=ast.Attribute(attr="name"), comparators=[other]):
            yield from [other] if ast.unparse(node.left) in ("run.name", "record.name") else []
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=attribute), attr="get")) if attribute in MAPPINGS:
            yield from node.args[:1]
        case ast.Call(func=ast.Attribute(value=ast.Name(id="tracking" | "run" | "made"), attr=called)):
            yield from node.args if called in (TOLD - {"text"}) | {"run"} else []
            yield from node.args[:1] if called == "text" else []
            yield from _keys(node.args[0]) if called in MAPPINGS else []
        case ast.keyword(arg="tags") | ast.Assign(targets=[ast.Name(id="tags" | "kept")]):
            yield from _keys(node.value)


def _keys(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Dict):
        yield from filter(None, node.keys)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_takes_the_names_of_what_runs_hold_from_the_schema(path):
    assert by_hand(path.read_text()) == set()


@pytest.mark.parametrize("path", READERS, ids=lambda path: str(path.relative_to(HOUSE)))
def test_pages_and_the_shell_name_no_run_and_nothing_that_it_holds(path):
    source = path.read_text()
    asked = {name for name in by_hand(source) if name.strip("'\"") in {*map(str, RunName), *map(str, Artifact)}}
    subscripts = {ast.unparse(part) for node in ast.walk(ast.parse(source)) for part in _names(node) if _literal(part)}
    assert asked | subscripts == set()


@pytest.mark.parametrize(
    "source",
    [
        "record.tags['batch']",
        "record.tags.get('batch', '')",
        "'batch' in record.tags",
        "item.metrics[f'test_{name}']",
        "run.tags({'batch': name})",
        "run.parameters({Parameter.SEED: 1, 'rows': 2})",
        "tags = {'batch': name}",
        "tracking.run(place, project, 'Other', tags={})",
        "tracking.run(place, project, RunName.SCORING, tags={'batch': name})",
        "tracking.read_json(place, run_id, 'thing.json')",
        "tracking.has(place, run_id, f'{name}.parquet')",
        "run.text('verdict', words)",
        "run.name == 'Other'",
        "ICONS = {'Monitoramento': 'x'}",
        "name = 'assessment.json'",
        "counts = [metrics[name] for name in ('rows_kept', 'rows_test')]",
    ],
)
def test_a_name_by_hand_is_found(source):
    assert by_hand(source)


@pytest.mark.parametrize(
    "source",
    [
        '"""Reads `assessment.json` of Monitoramento."""',
        "message('Joined {rows_kept} rows', rows=1)",
        "record.tags[Tag.BATCH]",
        "tracking.read_json(place, run_id, Artifact.ASSESSMENT)['decision']",
        "tracking.runs(place, project, RunName.POLICY, limit=1)",
        "rows['status']",
    ],
)
def test_other_words_are_not(source):
    assert not by_hand(source)


def test_every_name_says_in_one_line_what_it_means_and_none_stands_twice():
    for kind in SCHEMA:
        for name in kind:
            assert name.meaning, name
            assert "\n" not in name.meaning
        assert len(set(map(str, kind))) == len(kind.__members__)
    known = {*map(str, RunName), runs.CANDIDATE_RUN}
    assert {part for item in Artifact for part in item.run.replace(" and ", ", ").split(", ")} <= known | {
        *runs.CANDIDATE_RUN.split(", ")
    }


def test_every_name_is_used():
    source = "\n".join(path.read_text() for path in [*WORKFLOWS, *READERS, Path(inspect.getfile(runs))])
    for kind in (RunName, Tag, VersionTag, Artifact):
        for name in kind.__members__:
            assert f"{kind.__name__}.{name}" in source, name


def test_what_the_old_version_wrote_is_what_the_schema_names(old_home):
    place = settings.load()
    records = tracking.runs(place, "loans", limit=200, finished=False)
    named = {record.name for record in records}
    assert named >= set(map(str, RunName))
    own = {key for record in records if record.name in set(RunName) for key in record.tags}
    foreign = {key for key in own if key.startswith(("mlflow.", "courtside."))}
    assert own - foreign <= set(map(str, Tag))
    kept = {path.name for path in (old_home / "models" / "artifacts").glob("loans/*/artifacts/*")}
    cards = {Artifact.CARD.format(version=number, language=language, ending=ending)
             for number in (1, 2, 3) for language in ("en", "pt_BR") for ending in ("md", "html")}  # fmt: skip
    reports = {Artifact.REPORT.format(language=language) for language in ("en", "pt_BR")}
    assert kept <= set(map(str, Artifact)) | cards | reports
