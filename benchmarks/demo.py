"""One full `python -m core demo` on the real files, in an empty workspace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time


def main() -> None:
    """Prints the seconds of the whole and what came of it."""
    with tempfile.TemporaryDirectory() as home:
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "core", "demo", "--json"],
            env={**os.environ, "COURTSIDE_HOME": home},
            capture_output=True,
            text=True,
            check=True,
        )
        seconds = time.perf_counter() - begun
    result = json.loads(done.stdout)
    print("| one full demo on the original files | |\n|---|---|")
    print(f"| seconds, imports included | {seconds:.0f} |")
    print(f"| seconds of the training run | {result['train']['seconds']:.0f} |")
    print(f"| rows prepared | {result['prepare']['rows_kept']:,} |")
    print(f"| rows scored | {result['score']['rows_scored']:,} |")


if __name__ == "__main__":
    main()
