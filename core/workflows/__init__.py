"""The stages, each one blocking call: read, compute, write one MLflow run, return what was written.

Every workflow takes the project's name first, leaves out what it can find itself (the newest run, the champion),
and reads its result back from the run it wrote, so that what a page shows later is what the call returned.
"""

from core.training.algorithms import title as candidate_title
from core.workflows.alerts import (
    CHANNELS,
    Delivery,
    Place,
    Raised,
    alert,
    alert_channels,
    deliver_alert,
    deliveries,
    outcome,
)
from core.workflows.batches import is_long
from core.workflows.cards import card, missed, why_despite
from core.workflows.challenges import Challenged, compare
from core.workflows.contracts import (
    create_project,
    data_sources,
    edit_contract,
    project_contract,
    projects,
    table_columns,
    table_link,
    target_values,
    upload,
)
from core.workflows.demonstration import demo
from core.workflows.downloads import download, downloadable
from core.workflows.evidence import (
    candidate_probability,
    dependence,
    fold_losses,
    importance,
    learned,
    learning_curve,
    threshold_study,
)
from core.workflows.labels import Labelled, add_labels, labelled
from core.workflows.lineages import lineage, lineage_of
from core.workflows.links import check_link
from core.workflows.monitoring import (
    Monitored,
    before_and_now,
    importance_changes,
    latest_monitored,
    monitor,
    monitored,
    rows_to_label,
    unlabelled,
    worst_slices,
)
from core.workflows.overview import (
    Activity,
    NextStep,
    Stage,
    Status,
    close_interrupted,
    history,
    next_step,
    status,
    store_state,
)
from core.workflows.performance import Trend, over_batches, over_time, windows
from core.workflows.policies import (
    Decided,
    Kept,
    decision,
    keep_policy,
    kept_policies,
    policy,
    policy_of,
    policy_preview,
)
from core.workflows.preparation import (
    Checked,
    Prepared,
    Preview,
    check_table,
    drawn_rows,
    first_rows,
    is_large,
    latest_prepared,
    prepare,
    prepared,
    preview,
    rejected,
    share_study,
    split_of,
    table_profile,
    train_and_test,
)
from core.workflows.registration import (
    Change,
    can_roll_back,
    champion,
    changes,
    changes_csv,
    gate_misses,
    production_skill,
    promote,
    register,
    rollback,
    version_metrics,
    versions,
)
from core.workflows.replays import Carried, Replayed, latest_replayed, nearest_policy, replay, replayed, take_policy
from core.workflows.reports import report, report_page
from core.workflows.retraining import Retrained, retrain, retrained
from core.workflows.retraining_plans import LabelledBatch, Plan, labelled_batches, retraining_plan
from core.workflows.scoring import (
    Scored,
    batch_labels,
    earlier,
    latest_scored,
    reference,
    score,
    scored,
    scored_rows,
)
from core.workflows.single import (
    Explained,
    champion_average,
    champion_training_rows,
    explain,
    known_categories,
    predict,
    usual_case,
)
from core.workflows.training import (
    Trained,
    TrainedCandidate,
    candidate_rows,
    choose,
    interrupted_training,
    latest_trained,
    out_of_fold,
    train,
    trained,
)
