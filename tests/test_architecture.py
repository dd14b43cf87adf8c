"""Who may import what, and what importing may not do."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
CORE = HOUSE / "core"
HEAVY = {"numpy", "pandas", "pyarrow", "scipy", "sklearn", "pandera", "plotly"}
OUTSIDE = {
    "settings": set(),
    "errors": set(),
    "messages": set(),
    "language": {"babel"},
    "storage": {"pandas"},
    "streaming": {"pyarrow"},
    "partitions": {"distributed"},
    "batch_counts": {"pandas"},
    "sources": {"pyarrow", "pooch"},
    "tables": {"pandas", "pyarrow"},
    "tracking": {"pandas", "mlflow", "sklearn"},
    "registry": {"mlflow", "sklearn"},
    "alerts": set(),
    "jobs": set(),
    "worker": {"mlflow"},
    "search": {"numpy", "pandas", "sklearn", "joblib", "lightgbm"},
    "algorithms": HEAVY - {"plotly"} | {"pycaret", "lightgbm"},
    "portability": HEAVY - {"plotly"} | {"skops"},
    "separation": HEAVY - {"plotly"} | {"threadpoolctl"},
    "training": HEAVY - {"plotly"} | {"joblib"},
    "shell": set(),
    "__main__": {"click"},
}
"""Libraries that a module of core/ may import; a module that is not named is pure and may import `HEAVY`."""
PAGES = [HOUSE / "Home.py", *sorted((HOUSE / "pages").rglob("*.py"))]
MODULES = sorted(CORE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports, in functions too; what is only for type checkers does not count."""
    tree = ast.parse(path.read_text())
    guarded = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    names = set()
    for node in ast.walk(tree):
        if id(node) in guarded:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def packages(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)} - set(sys.stdlib_module_names) - {"core", "pages", ""}


def named(path: Path) -> str:
    return path.stem if path.parent == CORE else path.parent.name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_module_of_the_core_imports_only_what_its_layer_may(path):
    allowed = {"pandas", "numpy"} if named(path) == "workflows" else OUTSIDE.get(named(path), HEAVY)
    assert packages(path) <= allowed


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_page_imports_no_library_of_the_core(path):
    assert packages(path) <= {"streamlit", "streamlit_option_menu", "pandas", "numpy", "plotly"}


@pytest.mark.parametrize("path", [path for path in PAGES if path.parent.name != "parts"], ids=lambda path: path.name)
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


def test_pure_modules_know_neither_the_clock_nor_global_randomness():
    effects = {
        "tracking",
        "registry",
        "jobs",
        "worker",
        "sources",
        "tables",
        "storage",
        "__main__",
        "workflows",
        "language",
        "shell",
    }
    effects |= {"streaming", "partitions", "batch_counts", "alerts"}
    for path in MODULES:
        if named(path) not in effects:
            source = path.read_text()
            assert not {"time", "datetime", "random"} & imported(path), path
            assert "np.random.seed" not in source, path


def test_what_delivers_alerts_knows_settings_and_sentences_and_nothing_of_models():
    own = {name for name in imported(CORE / "alerts.py") if name.startswith("core.") and name.count(".") == 1}
    assert own == {"core.errors", "core.messages", "core.settings"}


def test_only_the_court_and_the_kobe_sources_know_basketball():
    for path in MODULES:
        if path.name.startswith(("court", "sample", "sources", "hexagons", "support")):
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
