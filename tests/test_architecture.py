"""Who may import what, and what importing may not do."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
CORE = HOUSE / "core"
PAGES = [HOUSE / "Home.py", *sorted((HOUSE / "pages").rglob("*.py"))]
MODULES = sorted(CORE.rglob("*.py"))


def linted(house: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of the rules in pyproject.toml, kept by the code in `house`."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The code and its rules, elsewhere."""
    house = tmp_path_factory.mktemp("house")
    for name in ("core", "pages"):
        shutil.copytree(HOUSE / name, house / name, ignore=shutil.ignore_patterns("__pycache__", "locale", "assets"))
    shutil.copy(HOUSE / "pyproject.toml", house)
    return house


def test_the_rules_hold(copy):
    done = linted(copy)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("core/data/contract.py", "from core.metrics import evaluation"),
        ("core/metrics/curves.py", "from core.store import settings"),
        ("core/monitoring/drift.py", "import mlflow"),
        ("core/training/search.py", "import time"),
        ("core/training/search.py", "import pycaret"),
        ("core/workflows/scoring.py", "import streamlit"),
        ("core/workflows/scoring.py", "import mlflow"),
        ("core/workflows/scoring.py", "import plotly"),
        ("core/shell/cli.py", "from core.work import queue"),
        ("core/text/messages.py", "import numpy"),
        ("pages/monitoring.py", "import sklearn"),
        ("pages/parts/monitor/report.py", "from core.store import tracking"),
    ],
)
def test_an_import_against_the_rules_is_found(copy, module, forbidden):
    path = copy / module
    original = path.read_text()
    path.write_text(f"{original}\n\ndef _late():\n    {forbidden}\n")
    try:
        done = linted(copy)
    finally:
        path.write_text(original)
    assert done.returncode == 1
    assert "BROKEN" in done.stdout


def test_the_entry_imports_no_library_of_the_core():
    tree = ast.parse((HOUSE / "Home.py").read_text())
    found = {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    found |= {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    assert found <= {"__future__", "collections", "typing", "streamlit", "core", "pages"}


@pytest.mark.parametrize("path", [path for path in PAGES if "parts" not in path.parts], ids=lambda path: path.name)
def test_a_page_has_no_loop_without_end_no_sleep_and_no_injected_html(path):
    source = path.read_text()
    assert not any(isinstance(node, ast.While) for node in ast.walk(ast.parse(source)))
    assert "sleep(" not in source
    assert "unsafe_allow_html" not in source


SMALL_TABLES = {"challenge.py": 1, "over_time.py": 1, "replay.py": 1, "splitting.py": 1, "table.py": 1}
"""Where a table is shown bare: it never has more than a handful of rows. All others go through `pages.parts.table`."""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_table_that_can_grow_can_be_filtered_and_taken_away(path):
    assert path.read_text().count(".dataframe(") == SMALL_TABLES.get(path.name, 0)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_waits_until_an_alert_is_delivered(path):
    assert path.name == "alerts.py" or "workflows.monitor(" not in path.read_text()


def test_only_the_court_and_the_kobe_sources_know_basketball():
    for path in MODULES:
        if path.name.startswith(("court", "kobe_sample", "sources", "hexagons", "support")):
            continue
        words = {word for node in ast.walk(ast.parse(path.read_text())) for word in _names(node)}
        assert not {"hoop", "basket", "shot", "shots", "court"} & words, path


def _names(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Name):
        return set(node.id.lower().split("_"))
    return set(node.arg.lower().split("_")) if isinstance(node, ast.arg) else set()


def test_importing_the_workflows_loads_no_heavy_library_and_makes_no_file(tmp_path):
    heavy = ["mlflow", "pycaret", "sklearn", "scipy.stats", "plotly", "pandera", "streamlit"]
    code = f"import sys, core.workflows; print([name for name in {heavy} if name in sys.modules])"
    env = {"PYTHONPATH": str(HOUSE), "COURTSIDE_HOME": str(tmp_path / "elsewhere"), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=HOUSE, env=env, check=True)
    assert done.stdout.strip() == "[]"
    assert not (tmp_path / "elsewhere").exists()


def test_every_direct_dependency_has_its_reason_beside_it():
    for file in ("requirements.in", "tests/requirements.in"):
        lines = [line for line in (HOUSE / file).read_text().splitlines() if line and not line.startswith(("#", "-c"))]
        assert lines
        assert all("#" in line and len(line.split("#")[1]) > 10 for line in lines), file


ELSEWHERE = {
    "core/data/arrays.py": "no behaviour: names of types",
    "core/data/fast_check.py": "tests/core/scoring/test_scoring.py: rejected exactly when the contract rejects",
    "core/documents/court.py": "tests/core/documents/test_report.py: where the shots of a batch come from",
    "core/documents/sections.py": "tests/core/documents/test_card.py and test_report.py, which are made of them",
    "core/monitoring/rules.py": "tests/core/monitoring/test_verdict.py: a verdict is what its rules find",
    "core/store/reader.py": "tests/core/store/test_outside.py: it is the other end of it",
    "core/text/vocabulary.py": "tests/core/documents/test_report.py: the level of a verdict in its words",
    "core/workflows/demonstration.py": "tests/e2e/test_face.py: the first visit runs the whole lifecycle",
    "core/workflows/links.py": "tests/pages/parts/test_state.py: whatever a link names",
}
"""Modules of the core without a test file of their own name, and where they are tested."""


def module_of(test: Path) -> Path:
    """The module that a test file is named after."""
    module = test.relative_to(HOUSE / "tests").with_name(test.name.removeprefix("test_"))
    return HOUSE / ("Home.py" if module == Path("pages/home.py") else module)


@pytest.mark.parametrize("folder", ["core", "pages"])
def test_a_test_file_is_named_after_the_module_that_it_tests(folder):
    strangers = [test for test in (HOUSE / "tests" / folder).rglob("test_*.py") if not module_of(test).exists()]
    assert strangers == []


def test_every_module_of_the_core_has_tests_of_its_name_or_a_reason_why_they_are_elsewhere():
    known = {module_of(test) for test in (HOUSE / "tests" / "core").rglob("test_*.py")}
    modules = {path for path in MODULES if not path.name.startswith("__")}
    assert {str(path.relative_to(HOUSE)) for path in modules - known} == set(ELSEWHERE)


def test_every_page_has_tests_of_its_name():
    pages = [HOUSE / "Home.py", *(HOUSE / "pages").glob("[!_]*.py")]
    assert [page for page in pages if not list((HOUSE / "tests" / "pages").glob(f"test_{page.stem.lower()}.py"))] == []


def test_no_test_module_is_imported_by_another():
    for path in (HOUSE / "tests").rglob("*.py"):
        imported = [
            node.module for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
        ]  # fmt: skip
        assert not [name for name in imported if name and re.match(r"tests\..*\btest_", name)], path
