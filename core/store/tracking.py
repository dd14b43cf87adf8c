"""The one door to MLflow's runs: what is written of a run, and what is read back.

Runs are written through the client with explicit run ids, never through MLflow's "active run", so that pages,
the worker process and a shell can write at the same time.
"""

from __future__ import annotations

import getpass
import json
import os
import shutil
import socket
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pandas as pd

from core.store import formats, limits, storage
from core.store.trusted_types import TRUSTED, packages
from core.text.errors import CourtsideError
from core.text.messages import Message, message

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run as MlflowRun
    from sklearn.pipeline import Pipeline

    from core.store.settings import Settings

OWNER = "courtside.owner"
REASON = "courtside.reason"
PARENT = "mlflow.parentRunId"
USER = "mlflow.user"
"""Tag of a run: the login name of whoever ran the app or the command."""
MODEL = "model"
"""What a run's pipeline is called."""
MOST_REASON = 500
"""Characters that a run keeps of why it ended early; the log has all of them."""
REMOTE_SECONDS = 5
GONE = message("The process that ran it is gone.")
AT_ONCE = 500
"""Runs that are asked for by id at a time: some stores bound the length of a question."""
SCHEMA_ROWS = 10_000
"""Rows by which the schema of a dataset input is told."""


@dataclass(frozen=True)
class RunRecord:
    """A run as it stands in the store."""

    run_id: str
    name: str
    status: str
    started: datetime
    ended: datetime | None
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]

    @property
    def seconds(self) -> float:
        """How long it took; 0 where it has not ended."""
        return (self.ended - self.started).total_seconds() if self.ended else 0.0


@dataclass(frozen=True)
class Run:
    """An open run: what a workflow writes of its work."""

    run_id: str
    settings: Settings

    def parameters(self, values: Mapping[str, object]) -> None:
        """Records settings of the work, as text."""
        from mlflow.entities import Param

        texts = {str(key): limits.readable(_text(value)) for key, value in values.items()}
        self._keep_whole("parameters", limits.too_long(texts, limits.PARAMETER))
        made = [Param(key, limits.shortened(text, limits.PARAMETER)) for key, text in texts.items()]
        for some in limits.portions(made, limits.PARAMETERS_AT_ONCE):
            client(self.settings).log_batch(self.run_id, params=some)

    def metrics(self, values: Mapping[str, float | None]) -> None:
        """Records figures; what could not be measured (None) is left out, not written as zero."""
        from mlflow.entities import Metric

        now = int(datetime.now().timestamp() * 1000)
        known = {key: float(value) for key, value in values.items() if value is not None}
        made = [Metric(key, known[name], now, 0) for name, key in limits.metric_keys(known).items()]
        for some in limits.portions(made, limits.METRICS_AT_ONCE):
            client(self.settings).log_batch(self.run_id, metrics=some)

    def tags(self, values: Mapping[str, str]) -> None:
        """Records names and parents by which the run is found again."""
        texts = {str(key): limits.readable(value) for key, value in values.items()}
        self._keep_whole("tags", limits.too_long(texts, limits.TAG))
        for key, text in texts.items():
            client(self.settings).set_tag(self.run_id, key, limits.shortened(text, limits.TAG))

    def table(self, name: str, frame: pd.DataFrame) -> None:
        """Keeps a table as the artifact `name` (parquet)."""
        with self._artifact(name) as path:
            frame.to_parquet(path, index=False)

    def json(self, name: str, value: object) -> None:
        """Keeps a value as the artifact `name` (JSON)."""
        with self._artifact(name) as path:
            # What is no text in a file's name becomes an escape, which JSON reads back as it was.
            text = json.dumps(formats.packed(name, value), ensure_ascii=False, indent=1)
            path.write_text(text, encoding="utf-8", errors="backslashreplace")

    def text(self, name: str, value: str) -> None:
        """Keeps a text as the artifact `name`."""
        with self._artifact(name) as path:
            path.write_text(limits.readable(value), encoding="utf-8")

    def file(self, path: Path) -> None:
        """Makes a file or folder an artifact of its own name; the embedded store takes it without a copy."""
        here = _local(client(self.settings).get_run(self.run_id).info.artifact_uri)
        if here is None:
            client(self.settings).log_artifact(self.run_id, str(path))
            return
        here.mkdir(parents=True, exist_ok=True)
        shutil.move(path, here / path.name)

    def dataset(
        self, frame: pd.DataFrame, *, name: str, source: str, context: str, digest: str, target: str, rows: int = 0
    ) -> None:
        """Records a table as the run's dataset input, with `digest` (at most 36 characters); `frame` may be the first
        of its `rows`."""
        from mlflow.data.pandas_dataset import from_pandas
        from mlflow.entities import Dataset, DatasetInput, InputTag

        targets = target if target in frame.columns else None
        name, source = limits.readable(name), limits.readable(source)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on integer columns and on the source's type: neither is acted upon
            # MLflow looks at every value in Python to tell the schema, which takes half a minute at ten million rows.
            some = from_pandas(
                frame.head(SCHEMA_ROWS), source=source, name=name, targets=targets, digest=digest[:36]
            )._to_mlflow_entity()
            rows = rows or len(frame)
            profile = json.dumps({"num_rows": rows, "num_elements": rows * len(frame.columns)})
            schema = limits.kept_schema(some.schema)
            entity = Dataset(some.name, some.digest, some.source_type, some.source, schema, profile)
            tagged = DatasetInput(entity, [InputTag("mlflow.data.context", context)])
        client(self.settings).log_inputs(self.run_id, [tagged])

    def model(self, pipeline: Pipeline, example: pd.DataFrame) -> None:
        """Keeps a scikit-learn pipeline as the model `model` in skops format, with signature and input example.

        MLflow's pyfunc flavour of it, and so `mlflow models serve`, answers with probabilities. A pipeline with a type
        that is not allowed is a `CourtsideError`, and nothing is kept.
        """
        import mlflow

        needed = packages(pipeline)
        probabilities = pipeline.predict_proba(example)
        with mlflow.start_run(run_id=self.run_id):
            mlflow.sklearn.log_model(
                pipeline,
                name=MODEL,
                serialization_format="skops",
                skops_trusted_types=TRUSTED,
                signature=mlflow.models.infer_signature(example, probabilities),
                input_example=example,
                pyfunc_predict_fn="predict_proba",
                pip_requirements=needed,
            )

    def _keep_whole(self, kind: str, long: Mapping[str, str]) -> None:
        """Keeps values that are longer than their fields: before these say that they hold the beginning only."""
        if long:
            kept = _long_values(self.settings, self.run_id)
            self.json(limits.LONG_VALUES, {**kept, kind: {**kept.get(kind, {}), **long}})

    @contextmanager
    def _artifact(self, name: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            yield path
            client(self.settings).log_artifact(self.run_id, str(path))


def client(settings: Settings) -> MlflowClient:
    """The store's client. The first call on an empty workspace creates the store."""
    return _client(settings.tracking_uri, settings.models / ".store.lock")


def exists(settings: Settings) -> bool:
    """Whether there is a store to read; asking creates none and loads no MLflow."""
    return state(settings) != 0


def state(settings: Settings) -> int:
    """A number that changes whenever anyone writes to the store, for caches; 0 where there is no store.

    A remote store can't be watched: there the number changes every few seconds.
    """
    if not settings.tracking_uri.startswith("sqlite:///"):
        return int(time.time() / REMOTE_SECONDS)
    database = Path(settings.tracking_uri.removeprefix("sqlite:///"))
    return max((path.stat().st_mtime_ns for path in (database, Path(f"{database}-wal")) if path.exists()), default=0)


@contextmanager
def run(
    settings: Settings, project: str, name: str, *, parent: str = "", tags: Mapping[str, str] | None = None
) -> Iterator[Run]:
    """Opens a run of `project`'s experiment and ends it: finished, failed with its reason, or killed when cancelled."""
    about = {"mlflow.runName": name, USER: user(), OWNER: owner(os.getpid())}
    given = {str(key): limits.readable(value) for key, value in (tags or {}).items()}
    about |= {key: limits.shortened(text, limits.TAG) for key, text in given.items()}
    if parent:
        about[PARENT] = parent
    opened = client(settings).create_run(_experiment(settings, project), tags=about, run_name=name)
    run_id = opened.info.run_id
    try:
        made = Run(run_id, settings)
        made.tags(limits.too_long(given, limits.TAG))
        yield made
    except BaseException as error:
        end(
            settings, run_id, "FAILED" if isinstance(error, Exception) else "KILLED", f"{type(error).__name__}: {error}"
        )
        raise
    client(settings).set_terminated(run_id, "FINISHED")


def end(settings: Settings, run_id: str, status: str, reason: Message | str) -> None:
    """Closes a run that did not finish, with the reason."""
    client(settings).set_tag(run_id, REASON, limits.shortened(limits.readable(str(reason)), MOST_REASON))
    client(settings).set_terminated(run_id, status)


def runs(
    settings: Settings, project: str, name: str = "", *, parent: str = "", limit: int = 20, finished: bool = True
) -> list[RunRecord]:
    """The newest runs of a project, newest first; by default only those that finished."""
    conditions = [f"attributes.run_name = '{name}'"] if name else []
    conditions += [f"tags.`{PARENT}` = '{parent}'"] if parent else []
    conditions += ["attributes.status = 'FINISHED'"] if finished else []
    return _search(settings, project, conditions, limit)


def get(settings: Settings, run_id: str) -> RunRecord:
    """One run. An unknown id is a `CourtsideError`."""
    return _record(settings, _found(settings, run_id))


def several(settings: Settings, run_ids: list[str]) -> dict[str, RunRecord]:
    """Many runs by their id, in few questions to the store."""
    found = {}
    for start in range(0, len(run_ids), AT_ONCE):
        some = ",".join(f"'{run_id}'" for run_id in run_ids[start : start + AT_ONCE])
        experiments = [_found(settings, run_ids[start]).info.experiment_id]
        for item in client(settings).search_runs(experiments, f"attributes.run_id IN ({some})", max_results=AT_ONCE):
            found[item.info.run_id] = _record(settings, item)
    return found


def artifact(settings: Settings, run_id: str, name: str) -> Path:
    """The local path of an artifact; with a remote store a copy is fetched."""
    here = _local(_found(settings, run_id).info.artifact_uri)
    return here / name if here else Path(client(settings).download_artifacts(run_id, name))


def has(settings: Settings, run_id: str, name: str) -> bool:
    """Whether a run keeps an artifact of this name."""
    here = _local(_found(settings, run_id).info.artifact_uri)
    if here:
        return (here / name).exists()
    return any(item.path == name for item in client(settings).list_artifacts(run_id))


def read_json(settings: Settings, run_id: str, name: str) -> Any:  # noqa: ANN401  # who wrote it knows what it is
    """A JSON artifact's value, as any version wrote it; one in a format that is newer than this version is a
    `CourtsideError`."""
    return formats.unpacked(name, json.loads(artifact(settings, run_id, name).read_text()), run_id)


def read_table(settings: Settings, run_id: str, name: str) -> pd.DataFrame:
    """A parquet artifact's rows."""
    return pd.read_parquet(artifact(settings, run_id, name))


def project_of(settings: Settings, run_id: str) -> str:
    """The project that a run belongs to."""
    return client(settings).get_experiment(_found(settings, run_id).info.experiment_id).name


def load_model(settings: Settings, run_id: str) -> Pipeline:
    """The pipeline that a run keeps, read from skops with the allow-list."""
    import mlflow.sklearn

    client(settings)
    return mlflow.sklearn.load_model(f"runs:/{run_id}/{MODEL}")


def value(parameter: str) -> Any:  # noqa: ANN401  # who recorded it knows what it is
    """What `Run.parameters` was given: lists and numbers come back as such."""
    return json.loads(parameter)


def close_orphans(settings: Settings, projects: list[str], reason: Message, process: int = 0) -> list[str]:
    """Marks runs whose process is gone as killed; returns their ids. `reason` is that of `process`, whose end somebody
    has seen; of any other nobody knows why. Call it when the app starts."""
    closed = []
    # Who cancels and who hears of the lost worker both come here, and a run that both close is an error of the store.
    with storage.alone(settings.models / ".orphans.lock"):
        for project in projects:
            for record in _search(settings, project, ["attributes.status = 'RUNNING'"], 200):
                by = record.tags.get(OWNER, "")
                if is_gone(by):
                    end(settings, record.run_id, "KILLED", reason if by.split(":")[1] == str(process) else GONE)
                    closed.append(record.run_id)
    return closed


@lru_cache(maxsize=8)
def _client(uri: str, lock: Path) -> MlflowClient:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow

    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    # Of two processes that find no tables MLflow lets both make them, and one of them fails.
    with storage.alone(lock):
        return mlflow.MlflowClient(uri, uri)


def user() -> str:
    """The login name, by which runs and versions say who made them; "" where there is none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return ""


def _experiment(settings: Settings, project: str) -> str:
    from mlflow.exceptions import MlflowException

    store = client(settings)
    if found := store.get_experiment_by_name(project):
        return found.experiment_id
    embedded = settings.tracking_uri.startswith("sqlite:")
    try:
        return store.create_experiment(
            project, artifact_location=(settings.artifacts / project).as_uri() if embedded else None
        )
    except MlflowException:
        if found := store.get_experiment_by_name(project):  # another process was first
            return found.experiment_id
        raise


def _search(settings: Settings, project: str, conditions: list[str], limit: int) -> list[RunRecord]:
    if not exists(settings):
        return []
    experiment = client(settings).get_experiment_by_name(project)
    if experiment is None:
        return []
    found = client(settings).search_runs(
        [experiment.experiment_id], " and ".join(conditions), max_results=limit, order_by=["attributes.start_time DESC"]
    )
    return [_record(settings, item) for item in found]


def _found(settings: Settings, run_id: str) -> MlflowRun:
    from mlflow.exceptions import MlflowException

    try:
        return client(settings).get_run(run_id)
    except MlflowException as error:
        raise CourtsideError(
            message("There is no run {run_id} in this store.", run_id=run_id),
            message("Choose a run from the list, or leave the choice out to take the newest."),
        ) from error


def _record(settings: Settings, run: MlflowRun) -> RunRecord:
    info, parameters, tags = run.info, run.data.params, run.data.tags
    cut = any(limits.is_shortened(text, limits.PARAMETER) for text in parameters.values())
    if cut or any(limits.is_shortened(text, limits.TAG) for text in tags.values()):
        whole = _long_values(settings, info.run_id)
        parameters, tags = parameters | whole.get("parameters", {}), tags | whole.get("tags", {})
    return RunRecord(
        run_id=info.run_id,
        name=info.run_name,
        status=info.status,
        started=datetime.fromtimestamp(info.start_time / 1000).astimezone(),
        ended=datetime.fromtimestamp(info.end_time / 1000).astimezone() if info.end_time else None,
        parameters=parameters,
        metrics=run.data.metrics,
        tags=tags,
    )


def _long_values(settings: Settings, run_id: str) -> dict[str, dict[str, str]]:
    """By "parameters" and "tags" the values of a run that are longer than their fields."""
    if not has(settings, run_id, limits.LONG_VALUES):  # none, or its process died between field and file
        return {}
    found: dict[str, dict[str, str]] = read_json(settings, run_id, limits.LONG_VALUES)
    return found


def owner(process: int) -> str:
    """A process as runs and versions name who is at work on them, for `is_gone`."""
    return f"{socket.gethostname()}:{process}:{_began(process)}"


def _began(process: int) -> str:
    """When a process began, in ticks since the machine did: a later one may have its number. "" if unknown."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _local(artifact_uri: str) -> Path | None:
    """Where a run's artifacts lie on this machine, None where a store elsewhere keeps them."""
    from urllib.request import url2pathname

    return Path(url2pathname(urlsplit(artifact_uri).path)) if artifact_uri.startswith("file:") else None


def is_gone(owner: str) -> bool:
    """Whether the process of `owner` has ended; False for one of another machine, of which nothing is known."""
    host, _, rest = owner.partition(":")
    process, _, began = rest.partition(":")
    if host != socket.gethostname() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return bool(began) and _began(int(process)) != began


def _text(value: object) -> str:
    if isinstance(value, Message):
        return str(value)
    return value if isinstance(value, str) else json.dumps(value, default=str)
