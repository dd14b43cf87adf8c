"""The stages, each one blocking call: read, compute, write one MLflow run, return what was written.

Every workflow takes the project's name first, leaves out what it can find itself (the newest run, the champion),
and reads its result back from the run it wrote, so that what a page shows later is what the call returned.
"""

from core.training import title as candidate_title
from core.workflows.demonstration import demo
from core.workflows.monitoring import Monitored, before_and_now, latest_monitored, monitor, monitored, windows
from core.workflows.overview import Activity, Stage, Status, close_interrupted, history, status, store_state
from core.workflows.preparation import (
    Prepared,
    data_sources,
    latest_prepared,
    prepare,
    prepared,
    project_contract,
    projects,
    split_of,
    train_and_test,
    upload,
)
from core.workflows.registration import can_roll_back, champion, promote, register, rollback, version_metrics, versions
from core.workflows.retraining import Retrained, latest_retrained, retrain, retrained
from core.workflows.scoring import (
    Scored,
    batch_labels,
    champion_average,
    champion_training_rows,
    latest_scored,
    predict,
    reference,
    score,
    scored,
    scored_rows,
    unlike_training,
)
from core.workflows.training import Trained, TrainedCandidate, candidate_rows, latest_trained, train, trained

__all__ = [
    "Activity",
    "Monitored",
    "Prepared",
    "Retrained",
    "Scored",
    "Stage",
    "Status",
    "Trained",
    "TrainedCandidate",
    "batch_labels",
    "before_and_now",
    "can_roll_back",
    "candidate_rows",
    "candidate_title",
    "champion",
    "champion_average",
    "champion_training_rows",
    "close_interrupted",
    "data_sources",
    "demo",
    "history",
    "latest_monitored",
    "latest_prepared",
    "latest_retrained",
    "latest_scored",
    "latest_trained",
    "monitor",
    "monitored",
    "predict",
    "prepare",
    "prepared",
    "project_contract",
    "projects",
    "promote",
    "reference",
    "register",
    "retrain",
    "retrained",
    "rollback",
    "score",
    "scored",
    "scored_rows",
    "split_of",
    "status",
    "store_state",
    "train",
    "train_and_test",
    "trained",
    "unlike_training",
    "upload",
    "version_metrics",
    "versions",
    "windows",
]
