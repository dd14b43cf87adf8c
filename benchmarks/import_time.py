"""How long `import core.workflows` takes in a fresh process, and that it loads no heavy library."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

REPEATS = 7
HEAVY = ("mlflow", "pycaret", "sklearn", "plotly", "pandera", "streamlit")


def seconds(code: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begun


def main() -> None:
    """Prints the medians as a table."""
    check = f"import sys, core.workflows; assert not [name for name in {HEAVY} if name in sys.modules]"
    rows = {"python": "pass", "import pandas": "import pandas", "import core.workflows": check}
    rows["import mlflow"] = "import mlflow"
    print("| a fresh process that does | seconds (median of 7) |\n|---|---|")
    for name, code in rows.items():
        print(f"| {name} | {statistics.median(seconds(code) for _ in range(REPEATS)):.2f} |")


if __name__ == "__main__":
    main()
