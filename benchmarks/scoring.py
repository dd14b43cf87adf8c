"""Rows per second and memory of streamed scoring, beside the ways one could do without it.

python -m benchmarks.scoring [--rows N] [--small N] [--boosted N]
"""

from __future__ import annotations

import argparse
import io
import json
import os
import pickle
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.data import contract as contracts
from core.data.encoding import encoder, model_input
from core.scoring import scoring
from core.store.kobe_sample import shots
from core.store.settings import HOUSE
from core.store.trusted_types import TRUSTED
from core.workflows import streaming

KOBE = contracts.load(HOUSE / "data" / "contracts" / "kobe.toml")
COLUMNS = ["shot_id", *KOBE.feature_names, KOBE.target]
POSTED = 100_000
"""Rows of one request: a server refuses or chokes on much larger ones."""


def batch(path: Path, rows: int) -> Path:
    """A file of `rows` rows by 8 columns: shots of the sample, drawn again and moved a little."""
    drawn, random = shots("dev", 24).dropna(subset=[KOBE.target])[COLUMNS], np.random.default_rng(1)
    drawn = drawn.astype({KOBE.target: "int64"})
    writer = None
    for start in range(0, rows, 10**6):
        frame = drawn.iloc[random.integers(0, len(drawn), min(10**6, rows - start))]
        frame = frame.assign(shot_id=np.arange(start, start + len(frame)))
        frame["lat"] += random.integers(-9, 10, len(frame)) / 10_000
        table = pa.Table.from_pandas(frame, preserve_index=False)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    return path


def scorer(estimator: object) -> scoring.Scorer:
    """A version with `estimator` behind the usual encoder, trained on the sample."""
    from sklearn.pipeline import Pipeline

    training = shots("dev", 24).dropna(subset=[KOBE.target])
    pipeline = Pipeline([("features", encoder(KOBE)), ("model", estimator)])
    pipeline.fit(model_input(training, KOBE), training[KOBE.target])
    return scoring.scorer(pipeline, KOBE, threshold=0.5, version=1, training=training)


def streamed(folder: Path, source: Path, kind: str) -> float:
    """Seconds in which the streamed batch is whole and on disk."""
    kept = pickle.loads((folder / f"{kind}.pickle").read_bytes())
    return [step.seconds for step in streaming.score_file(kept, source, folder / "scored.parquet")][-1]


def limit(folder: Path, source: Path, kind: str) -> float:
    """Seconds for no more than reading, multiplying and writing, one thread each: no check, no reason, no status."""
    kept = pickle.loads((folder / f"{kind}.pickle").read_bytes())
    scales, linear = kept.model.scales, kept.model.pipeline[-1]
    weights = linear.coef_[0] / [scale.scale for scale in scales]
    constant = linear.intercept_[0] - weights @ [scale.mean for scale in scales]
    begun = time.perf_counter()
    file = pq.ParquetFile(source)
    schema = file.schema_arrow.append(pa.field("probability", pa.float64()))
    batches = file.iter_batches(streaming.CHUNK)
    dictionary = KOBE.feature_names
    with (
        pq.ParquetWriter(folder / "limit.parquet", schema, use_dictionary=dictionary) as writer,
        ThreadPoolExecutor(2) as threads,
    ):
        written: Future[object] | None = None
        coming = threads.submit(next, batches, None)
        while (rows := coming.result()) is not None:
            coming = threads.submit(next, batches, None)
            matrix = np.column_stack([rows[name].to_numpy() for name in KOBE.feature_names])
            probability = 1 / (1 + np.exp(-(matrix @ weights + constant)))
            table = pa.record_batch([*rows.columns, pa.array(probability)], schema=schema)
            if written:
                written.result()
            written = threads.submit(writer.write_batch, table)
        if written:
            written.result()
    return time.perf_counter() - begun


def in_memory(folder: Path, source: Path, kind: str) -> float:
    """Seconds of `predict_proba` alone, on one frame that lies ready."""
    kept = pickle.loads((folder / f"{kind}.pickle").read_bytes())
    frame = model_input(pd.read_parquet(source), KOBE)
    kept.model.pipeline.predict_proba(frame.head(1000))
    begun = time.perf_counter()
    kept.model.pipeline.predict_proba(frame)
    return time.perf_counter() - begun


def bare(folder: Path, source: Path, kind: str) -> float:
    """Seconds of the estimator alone, on the same chunks, already read, filled and scaled."""
    kept = pickle.loads((folder / f"{kind}.pickle").read_bytes())
    seconds = 0.0
    for rows in pq.ParquetFile(source).iter_batches(streaming.CHUNK, columns=KOBE.feature_names):
        matrix = kept.model.pipeline[:-1].transform(rows.to_pandas().astype("float64"))
        begun = time.perf_counter()
        kept.model.pipeline[-1].predict_proba(matrix)
        seconds += time.perf_counter() - begun
    return seconds


def alone(work: Callable[[Path, Path, str], float], folder: Path, source: Path, kind: str) -> tuple[float, float]:
    """The seconds of `work` and the most megabytes that its process held; it has a process to itself."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (work, folder, source, kind))


def held() -> float:
    """The most megabytes that this process has held."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _measured(work: Callable[[Path, Path, str], float], folder: Path, source: Path, kind: str) -> tuple[float, float]:
    seconds = work(folder, source, kind)
    return seconds, held()


def served(folder: Path, source: Path) -> dict[str, float]:
    """Seconds in which `mlflow models serve` answers the rows of `source`, as JSON and as CSV, 100,000 a request."""
    import mlflow

    pipeline = pickle.loads((folder / "linear.pickle").read_bytes()).model.pipeline
    features = model_input(pd.read_parquet(source), KOBE)
    mlflow.sklearn.save_model(
        pipeline,
        folder / "model",
        serialization_format="skops",
        skops_trusted_types=TRUSTED,
        signature=mlflow.models.infer_signature(features.head(), pipeline.predict_proba(features.head())),
        pyfunc_predict_fn="predict_proba",
        pip_requirements=["scikit-learn"],
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["models", "serve", "-m", str(folder / "model"), "-p", str(port), "--env-manager", "local"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with (folder / "serve.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *command],
            env={**os.environ, "PATH": path, "MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT": "600"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(port)
        return {"JSON": _post(port, features, _as_json), "CSV": _post(port, features, _as_csv)}
    finally:
        os.killpg(server.pid, 15)
        server.wait()


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5)
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server does not start")


def _as_json(rows: pd.DataFrame) -> tuple[bytes, str]:
    return json.dumps({"dataframe_split": rows.to_dict(orient="split", index=False)}).encode(), "application/json"


def _as_csv(rows: pd.DataFrame) -> tuple[bytes, str]:
    text = io.StringIO()
    rows.to_csv(text, index=False)
    return text.getvalue().encode(), "text/csv"


def _post(port: int, features: pd.DataFrame, encode: Callable[[pd.DataFrame], tuple[bytes, str]]) -> float:
    begun, answered = time.perf_counter(), 0
    for start in range(0, len(features), POSTED):
        body, kind = encode(features.iloc[start : start + POSTED])
        request = urllib.request.Request(f"http://127.0.0.1:{port}/invocations", body, {"Content-Type": kind})
        with urllib.request.urlopen(request, timeout=600) as answer:
            answered += len(json.load(answer)["predictions"])
    if answered != len(features):
        raise ValueError(f"{answered} of {len(features)} rows were answered")
    return time.perf_counter() - begun


def main() -> None:
    """Prints two tables: a linear champion beside the alternatives, and a boosted one beside its bare estimator."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rows", type=int, default=10**7, help="rows that are streamed")
    asked.add_argument("--small", type=int, default=10**6, help="rows for what can't do with so many")
    asked.add_argument("--boosted", type=int, default=10**6, help="rows for the 200 trees")
    rows = asked.parse_args()
    from lightgbm import LGBMClassifier
    from sklearn.linear_model import LogisticRegression

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, estimator in {
            "linear": LogisticRegression(max_iter=1000),
            "boosted": LGBMClassifier(n_estimators=200, random_state=0, verbose=-1),
        }.items():
            (folder / f"{kind}.pickle").write_bytes(pickle.dumps(scorer(estimator)))
        _linear(folder, rows.rows, rows.small)
        _boosted(folder, rows.boosted)


def _linear(folder: Path, rows: int, small: int) -> None:
    source = batch(folder / "batch.parquet", rows)
    few = batch(folder / "few.parquet", small)
    ours, memory = alone(streamed, folder, source, "linear")
    floor, floor_memory = alone(limit, folder, source, "linear")
    direct, direct_memory = alone(in_memory, folder, few, "linear")
    speed = rows / ours
    print("| logistic regression, rows of 8 columns | rows | rows/s | streamed is so many times as fast | MB |")
    print("|---|---|---|---|---|")
    print(f"| streamed: checked, scored, written, explained | {rows:,} | {speed:,.0f} | 1 | {memory:,.0f} |")
    _line("limit: read, multiply, write", rows, floor, speed, floor_memory)
    _line("`predict_proba` on a frame in memory, no file", small, direct, speed, direct_memory)
    for form, seconds in served(folder, few).items():
        _line(f"`mlflow models serve`, {form}", small, seconds, speed)
    source.unlink()


def _line(name: str, rows: int, seconds: float, speed: float, memory: float | None = None) -> None:
    held = "" if memory is None else f"{memory:,.0f}"
    print(f"| {name} | {rows:,} | {rows / seconds:,.0f} | {speed * seconds / rows:,.2f} | {held} |")


def _boosted(folder: Path, rows: int) -> None:
    source = batch(folder / "boosted.parquet", rows)
    estimator, _ = alone(bare, folder, source, "boosted")
    ours, memory = alone(streamed, folder, source, "boosted")
    print("\n| 200 trees of LightGBM | rows | rows/s | time over the bare estimator's | MB |\n|---|---|---|---|---|")
    print(f"| bare estimator on the same chunks | {rows:,} | {rows / estimator:,.0f} | 1 | |")
    print(f"| streamed | {rows:,} | {rows / ours:,.0f} | {ours / estimator:.2f} | {memory:,.0f} |")


if __name__ == "__main__":
    main()
