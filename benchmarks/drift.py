"""Drift of a million rows beside evidently and nannyml, and of ten million against a stored profile.

The two libraries are installed into environments of their own, in a temporary folder or in the one named by
COURTSIDE_PEERS, which is then kept for the next time; without network their columns stay empty.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.data.contract import Contract, Feature
from core.monitoring.drift import FeatureDrift, between, compare
from core.monitoring.profiles import Profile, counted, profile, profiles
from core.monitoring.separation import separate
from core.workflows.batch_counts import PROBABILITY, count_batch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.data.arrays import Series

ROWS = 1_000_000
STREAMED = 10_000_000
BATCH = 250_000
REPEATS = 3
FEATURES = (
    Feature("lat", "number"),
    Feature("lon", "number"),
    Feature("shot_distance", "integer"),
    Feature("minutes_remaining", "integer"),
    Feature("amount", "number"),
    Feature("area", "category"),
)
CONTRACT = Contract("any", "Any", "target", "1", FEATURES)
NUMBERS = [feature.name for feature in FEATURES if feature.kind != "category"]
ALIKE = ("pandas==2.1.4", "numpy==1.26.4", "scipy==1.11.4")
"""The libraries below both sides are the same; the newest pandas breaks both peers."""
PEERS = {"evidently": ("evidently==0.7.23", *ALIKE), "nannyml": ("nannyml==0.13.1", "statsmodels==0.14.4", *ALIKE)}

EVIDENTLY = """
import json, sys, time
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import ValueDrift
numbers, folder = json.loads(sys.argv[1]), sys.argv[2]
reference, current = (pd.read_pickle(f"{folder}/{side}.pickle") for side in ("reference", "current"))
definition = DataDefinition(numerical_columns=numbers, categorical_columns=["area"])
reference, current = (Dataset.from_pandas(side, definition) for side in (reference, current))
methods = {name: ("psi", "ks", "jensenshannon", "wasserstein") for name in numbers}
methods["area"] = ("psi", "jensenshannon")
metrics = [ValueDrift(column=name, method=method) for name, some in methods.items() for method in some]
begun = time.perf_counter()
values = Report(metrics).run(current, reference).dict()["metrics"]
seconds = time.perf_counter() - begun
keys = [f"{name} {method}" for name, some in methods.items() for method in some]
print(json.dumps({"seconds": seconds, "figures": dict(zip(keys, [float(one["value"]) for one in values]))}))
"""
NANNYML = """
import json, sys, time
import pandas as pd
import nannyml
numbers, folder = json.loads(sys.argv[1]), sys.argv[2]
reference, current = (pd.read_pickle(f"{folder}/{side}.pickle") for side in ("reference", "current"))
methods = ["kolmogorov_smirnov", "jensen_shannon", "wasserstein"]
begun = time.perf_counter()
calculator = nannyml.UnivariateDriftCalculator(
    column_names=[*numbers, "area"], treat_as_categorical=["area"], chunk_number=1,
    continuous_methods=methods, categorical_methods=["jensen_shannon"],
)
calculator.fit(reference)
found = calculator.calculate(current).filter(period="analysis").to_df()
seconds = time.perf_counter() - begun
short = {"kolmogorov_smirnov": "ks", "jensen_shannon": "jensenshannon", "wasserstein": "wasserstein"}
figures = {f"{name} {short[method]}": float(found[(name, method, "value")].iloc[0])
           for name in [*numbers, "area"] for method in methods if (name, method, "value") in found}
print(json.dumps({"seconds": seconds, "figures": figures}))
"""


def table(rows: int, seed: int, shift: float) -> pd.DataFrame:
    """Six features of different shapes; `shift` moves all of them a little."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "lat": (34 + 0.09 * rng.normal(shift, 1, rows)).round(4),
            "lon": -118 + 0.11 * rng.normal(shift / 2, 1 + shift / 2, rows),
            "shot_distance": np.abs(rng.normal(12 + 8 * shift, 9, rows)).astype(int),
            "minutes_remaining": rng.integers(0, 12, rows) // (1 + (rng.random(rows) < shift / 3)),
            "amount": np.exp(rng.normal(shift / 2, 1.5, rows)),
            "area": rng.choice(
                ["left", "right", "centre"], rows, p=[0.5 + shift / 4, 0.3 - shift / 8, 0.2 - shift / 8]
            ),
        }
    )


def beside(folder: Path) -> None:
    """A million rows against a million: seconds of all figures, and whether they agree."""
    reference, current = table(ROWS, 0, 0.0), table(ROWS, 1, 0.4)
    for name, side in (("reference", reference), ("current", current)):
        side.to_pickle(folder / f"{name}.pickle")
    seconds, found = min((_timed(reference, current) for _ in range(REPEATS)), key=lambda one: one[0])
    peers = {name: _peer(name, script, folder) for name, script in (("evidently", EVIDENTLY), ("nannyml", NANNYML))}
    print(f"| {ROWS:,} rows x 6 against {ROWS:,} | seconds | times Courtside's |\n|---|---|---|")
    print(f"| Courtside, from both tables to every figure and interval | {seconds:.2f} | 1 |")
    for name, peer in peers.items():
        took = f"{peer['seconds']:.1f} | {peer['seconds'] / seconds:.0f}" if peer else "not installed | "
        print(f"| {PEERS[name][0]} | {took} |")
    print("\n| figure | Courtside | scipy on all rows | evidently | nannyml |\n|---|---|---|---|---|")
    for one in sorted(found, key=lambda one: one.feature):
        for label, value, key in _figures(one):
            known: list[float | None] = [_oracle(reference[one.feature], current[one.feature], key)]
            for name, peer in peers.items():
                figure = peer["figures"].get(f"{one.feature} {key}") if peer else None
                known.append(_comparable(name, key, figure, reference[one.feature]))
            print(f"| {one.feature} {label} | {value:.4f} | {' | '.join(_beside(value, other) for other in known)} |")


def streamed(folder: Path) -> None:
    """Ten million rows from a file against a profile read from JSON, in a process of its own."""
    with pq.ParquetWriter(folder / "many.parquet", pa.Table.from_pandas(scored(10, 0, 0.0)).schema) as writer:
        for part in range(STREAMED // ROWS):
            writer.write_table(pa.Table.from_pandas(scored(ROWS, part, 0.4)), row_group_size=BATCH)
    bins = profiles(table(ROWS, 0, 0.0), CONTRACT)
    output = profile(scored(ROWS, 0, 0.0)[PROBABILITY], Feature(PROBABILITY, "number"))
    stored = {name: one.as_dict() for name, one in {**bins, PROBABILITY: output}.items()}
    (folder / "profiles.json").write_text(json.dumps(stored))
    found, whole = (_apart(verb, folder) for verb in ("stream", "batch"))
    print(f"\n| {STREAMED:,} rows x 6 from parquet against a stored profile | |\n|---|---|")
    print(f"| seconds, reading included | {found['seconds']:.1f} |")
    print(f"| of these, reading | {found['reading']:.1f} |")
    print(f"| memory of the whole process at its peak, MB | {found['megabytes']:.0f} |")
    print(f"| of these, libraries and the profile before the first row | {found['before']:.0f} |")
    print(f"| the stored profile of six features, kB | {(folder / 'profiles.json').stat().st_size / 1e3:.0f} |")
    print(f"| seconds of a scored batch, read as its contract says, with its probability | {whole['seconds']:.1f} |")
    print(f"| memory of that process at its peak, MB | {whole['megabytes']:.0f} |")


def scored(rows: int, seed: int, shift: float) -> pd.DataFrame:
    """The table with what scoring adds to it."""
    probability = np.random.default_rng(seed).beta(3, 4 + shift, rows)
    return table(rows, seed, shift).assign(probability=probability, status="scored")


def batch(folder: Path) -> None:
    """What an assessment does with a scored batch: the second part of what `streamed` measures."""
    stored = json.loads((folder / "profiles.json").read_text())
    reference = {name: Profile.from_dict(one) for name, one in stored.items()}
    begun = time.perf_counter()
    between(reference, count_batch(folder / "many.parquet", CONTRACT, reference))
    print(json.dumps({"seconds": time.perf_counter() - begun, "megabytes": _megabytes()}))


def _apart(verb: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.drift", verb, str(folder)]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def stream(folder: Path) -> None:
    """What `streamed` measures."""
    stored = json.loads((folder / "profiles.json").read_text())
    reference = {name: Profile.from_dict(stored[name]) for name in CONTRACT.feature_names}
    before, reading = _megabytes(), 0.0

    def chunks() -> Iterator[pa.RecordBatch]:
        nonlocal reading
        batches = pq.ParquetFile(folder / "many.parquet").iter_batches(BATCH, columns=CONTRACT.feature_names)
        while True:
            begun = time.perf_counter()
            batch = next(batches, None)
            reading += time.perf_counter() - begun
            if batch is None:
                return
            yield batch

    begun = time.perf_counter()
    between(reference, counted(chunks(), reference))
    seconds = time.perf_counter() - begun
    found = {"seconds": seconds, "reading": reading, "megabytes": _megabytes(), "before": before}
    print(json.dumps(found))


def together() -> None:
    """The domain classifier on ten thousand rows."""
    reference, current = table(5_000, 0, 0.0), table(5_000, 1, 0.4)
    separate(reference.head(100), current.head(100), CONTRACT, seed=0)
    took = []
    for seed in range(REPEATS):
        begun = time.perf_counter()
        separate(reference, current, CONTRACT, seed=seed)
        took.append(time.perf_counter() - begun)
    print(f"\n| domain classifier, three folds, {2 * len(reference):,} rows | |\n|---|---|")
    print(f"| seconds | {min(took):.2f} |")


def _timed(reference: pd.DataFrame, current: pd.DataFrame) -> tuple[float, list[FeatureDrift]]:
    begun = time.perf_counter()
    found = compare(reference, current, CONTRACT)
    return time.perf_counter() - begun, found


def _peer(name: str, script: str, folder: Path) -> dict[str, Any]:
    home = Path(os.environ.get("COURTSIDE_PEERS") or folder) / name
    python = home / "bin" / "python"
    if not python.exists():
        print(f"Installing {PEERS[name][0]}; this takes a few minutes.", file=sys.stderr)
        venv.create(home, with_pip=True)
    installed = subprocess.run([python, "-m", "pip", "install", "-q", *PEERS[name]], capture_output=True, text=True)
    if installed.returncode:
        print(installed.stderr[-500:], file=sys.stderr)
        return {}
    done = subprocess.run(
        [python, "-W", "ignore", "-c", script, json.dumps(NUMBERS), str(folder)],
        env={**os.environ, "DO_NOT_TRACK": "1", "NML_DISABLE_USAGE_LOGGING": "1"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        print(done.stderr[-2_000:], file=sys.stderr)
        return {}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _figures(one: FeatureDrift) -> list[tuple[str, float, str]]:
    known = [
        ("PSI", one["psi"], "psi"),
        ("KS", one["ks"], "ks"),
        ("Jensen-Shannon", one["jensen_shannon"], "jensenshannon"),
    ]
    known += [("Wasserstein", one["wasserstein"], "wasserstein"), ("total variation", one["total_variation"], "TVD")]
    return [(name, value, key) for name, value, key in known if value is not None]


def _oracle(reference: Series, current: Series, key: str) -> float:
    from scipy import stats
    from scipy.spatial.distance import jensenshannon

    if key == "wasserstein":
        return float(stats.wasserstein_distance(reference, current) / reference.std())
    if key == "ks":
        return float(stats.ks_2samp(reference, current, method="asymp").statistic)
    if reference.dtype == object:
        counted = [side.value_counts(normalize=True) for side in (reference, current)]
        shares = list(pd.concat(counted, axis=1).to_numpy().T)
    else:
        cuts = np.unique(np.quantile(reference, np.arange(1, 10) / 10))
        shares = [np.bincount(np.searchsorted(cuts, side, side="right")) / len(side) for side in (reference, current)]
    if key == "TVD":
        return float(np.abs(shares[0] - shares[1]).sum() / 2)
    if key == "psi":
        return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))
    return float(jensenshannon(*shares))


def _comparable(name: str, key: str, figure: float | None, reference: Series) -> float | None:
    """A peer's figure in Courtside's unit; None where it measures something else."""
    category = reference.dtype == object
    # evidently's KS is a p-value, and for PSI and Jensen-Shannon each cuts numbers into bins of its own.
    if figure is None or (name, key) == ("evidently", "ks") or (key in ("psi", "jensenshannon") and not category):
        return None
    if name == "nannyml":
        # Its Wasserstein distance is in the unit of the feature, its Jensen-Shannon distance of base 2.
        figure *= {"wasserstein": 1 / reference.std() if not category else 1, "jensenshannon": np.sqrt(np.log(2))}.get(
            key, 1
        )
    return figure


def _beside(value: float, other: float | None) -> str:
    return "" if other is None else f"{other:.4f} ({value / other - 1:+.2%})"


def _megabytes() -> float:
    """The most memory that this process has held; Linux's getrusage would count that of the process before it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main() -> None:
    """Prints the tables; `stream FOLDER` and `batch FOLDER` are parts that run in a process of their own."""
    if sys.argv[1:2] in (["stream"], ["batch"]):
        {"stream": stream, "batch": batch}[sys.argv[1]](Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        beside(Path(folder))
        streamed(Path(folder))
    together()


if __name__ == "__main__":
    main()
