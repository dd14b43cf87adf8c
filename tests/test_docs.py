"""What exists is documented, and what is documented exists: commands, variables, pages, files, links."""

from __future__ import annotations

import ast
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from core import workflows
from core.shell.cli import cli
from core.store.settings import HOUSE
from core.workflows.runs import Artifact, RunName
from docs import from_code
from pages.parts.frame import PAGES

README = (HOUSE / "README.md").read_text()
REFERENCE = (HOUSE / "docs" / "reference.md").read_text()
TEXTS = sorted([*HOUSE.glob("*.md"), *(HOUSE / "docs").rglob("*.md"), *(HOUSE / ".github").rglob("*.md")])
every_text = pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(HOUSE)))


@every_text
def test_what_a_document_takes_from_the_code_is_up_to_date(path):
    assert path.read_text() == from_code.renewed(path.read_text()), "run make docs"


@pytest.mark.parametrize("name", from_code.BLOCKS)
def test_each_block_made_from_the_code_stands_in_one_document(name):
    assert sum(f"<!-- from the code: {name} -->" in path.read_text() for path in TEXTS) == 1


def test_a_block_that_no_longer_fits_the_code_is_written_anew():
    stale = "before\n<!-- from the code: layers -->\n  pages --> data\n<!-- end -->\nafter"
    fresh = from_code.renewed(stale)
    assert "pages --> data\n" not in fresh
    assert "  data --> text\n" in fresh
    assert fresh.startswith("before\n")
    assert fresh.endswith("\nafter")


def leaves(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by the words that call it."""
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from leaves(below, f"{path} {name}".strip())
    else:
        yield path, command


COMMANDS = dict(leaves(cli))


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_and_each_of_its_options_says_what_it_does(name):
    command = COMMANDS[name]
    assert command.help
    assert all(one.help for one in command.params if isinstance(one, click.Option))


def test_the_readme_shows_each_command_once_and_no_other():
    shown = re.findall(r"^python -m core ([a-z]+(?: [a-z]+)?)", README, re.MULTILINE)
    groups = {name.split()[0] for name in COMMANDS if " " in name}
    assert sorted(name if name.split()[0] in groups else name.split()[0] for name in shown) == sorted(COMMANDS)


def test_the_readme_shows_only_options_that_the_command_has():
    for line in re.findall(r"^python -m core (.+)$", README, re.MULTILINE):
        command = next(command for name, command in COMMANDS.items() if f"{line} ".startswith(f"{name} "))
        known = {text for one in command.params for text in one.opts}
        assert set(re.findall(r"--[\w-]+", line)) <= known, line


def variables_read(*places: str) -> set[str]:
    """The environment's variables that the code in these places reads; one without a literal name is shown as code."""
    paths = [path for place in places for path in ([HOUSE / place] if "." in place else (HOUSE / place).rglob("*.py"))]
    return {name for path in paths for node in ast.walk(ast.parse(path.read_text())) for name in _variables(node)}


def _variables(node: ast.AST) -> Iterator[str]:
    read: ast.expr | None = None
    if isinstance(node, ast.Call) and ast.unparse(node.func) in (
        "os.environ.get",
        "environ.get",
        "os.getenv",
        "getenv",
    ):
        read = node.args[0]
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        read = node.slice if ast.unparse(node.value) == "os.environ" else None
    if read is not None:
        yield str(read.value) if isinstance(read, ast.Constant) else ast.unparse(read)


def test_a_variable_counts_where_it_is_read_and_not_where_it_is_set():
    code = 'os.environ.get("A"); os.environ["B"]; os.getenv(name); os.environ["C"] = "1"; table["D"]; found.get("E")'
    assert {name for node in ast.walk(ast.parse(code)) for name in _variables(node)} == {"A", "B", "name"}


def test_each_variable_of_the_environment_stands_in_the_table_of_the_readme_and_no_other():
    rows = [line.split("|")[1] for line in README.splitlines() if line.startswith("| `")]
    named = {name for cell in rows for name in re.findall(r"`(\w+)`", cell)}
    asked = set(re.findall(r"^(\w+) \?=", (HOUSE / "Makefile").read_text(), re.MULTILINE))
    found = variables_read("Home.py", "pages", "core")
    assert {"COURTSIDE_SMTP_PASSWORD", "MLFLOW_TRACKING_URI"} <= found
    assert named == found | asked


def test_each_variable_that_only_tests_and_benchmarks_read_is_explained_to_who_takes_part():
    own = variables_read("tests", "benchmarks") - variables_read("Home.py", "pages", "core")
    assert "COURTSIDE_SCREENSHOTS" in own
    explained = (HOUSE / "CONTRIBUTING.md").read_text()
    assert {name for name in own if name.startswith("COURTSIDE_") and f"`{name}" not in explained} == set()


def test_each_page_has_its_row_in_the_reference_its_picture_in_the_guide_and_no_other():
    addresses = {"/" if key == "overview" else f"/{key}" for key in PAGES}
    assert set(re.findall(r"^\| [A-Z]\w+ \| `(/\w*)` \|", REFERENCE, re.MULTILINE)) == addresses
    assert set(re.findall(r"docs/guide/(\w+)\.png", README)) == set(PAGES)
    assert set(PAGES) <= set(re.findall(r"\((\w+)\.png\)", (HOUSE / "docs" / "guide" / "README.md").read_text()))


def test_a_page_is_where_its_address_says():
    scripts = {path.stem for path in (HOUSE / "pages").glob("*.py")} - {"__init__"}
    assert scripts | {"overview"} == set(PAGES)


def test_the_readme_shows_each_folder_with_code():
    shown = set(re.findall(r"([\w.]+)/", README[README.index("## The house") :]))
    packages = {path.parent.name for path in (HOUSE / "core").glob("*/__init__.py")}
    roots = {path.name for path in HOUSE.iterdir() if path.name[0] != "." and any(path.glob("**/*.py"))}
    assert {"core", "tests"} <= roots
    assert (packages | roots) - shown == set()


@every_text
def test_each_link_to_a_file_leads_somewhere(path):
    for link in re.findall(r"\]\((?!https?:|mailto:)([^)]+)\)", path.read_text()):
        file, _, anchor = link.partition("#")
        target = (path.parent / file) if file else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def anchors(path: Path) -> set[str]:
    """What a link into a document can lead to: its headings as GitHub writes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_text
def test_each_file_of_the_code_that_a_document_names_is_there(path):
    for name in re.findall(r"`((?:core|pages|tests|docs|benchmarks)/[^`\s]*)`", path.read_text()):
        assert (HOUSE / name).exists(), name


@pytest.mark.parametrize("name", ["architecture.md", "assignment.md", "reference.md"])
def test_each_run_and_artifact_that_a_document_names_is_in_the_schema(name):
    text = (HOUSE / "docs" / name).read_text()
    runs = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)*)`", text))
    files = set(re.findall(r"`([\w{}]+\.(?:parquet|json|txt|html|md))`", text))
    assert "Monitoramento" in runs
    assert runs <= set(RunName)
    assert files <= set(Artifact)


@every_text
def test_each_workflow_that_a_document_names_can_be_called(path):
    for name in re.findall(r"`workflows\.(\w+)", path.read_text()):
        assert callable(getattr(workflows, name, None)), name


CODE = [
    HOUSE / "Home.py",
    *(path for place in ("core", "pages", "benchmarks") for path in (HOUSE / place).rglob("*.py")),
]


def test_each_module_and_function_that_a_document_or_docstring_names_in_full_is_there():
    named = {
        name
        for path in [*TEXTS, *CODE]
        for name in re.findall(r"`(?:python -m )?((?:core|pages|benchmarks|tests)(?:\.\w+)+)", path.read_text())
    }
    assert "core.work.worker" in named
    for name in named:
        assert pkgutil.resolve_name(name), name
