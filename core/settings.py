"""Where things lie. The environment is the only configuration; it is read when asked, never on import."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
KOBE_BESIDE = HOUSE.parent / "shared" / "data" / "kobe"


@dataclass(frozen=True)
class Settings:
    """Folders, store and limits of one workspace."""

    home: Path
    tracking_uri: str
    kobe_dir: Path
    upload_megabytes: int
    dask_scheduler: str = ""

    @property
    def contracts(self) -> Path:
        return self.home / "data" / "contracts"

    @property
    def raw(self) -> Path:
        return self.home / "data" / "raw"

    @property
    def models(self) -> Path:
        return self.home / "models"

    @property
    def artifacts(self) -> Path:
        return self.models / "artifacts"


def load() -> Settings:
    """The settings of this process.

    `COURTSIDE_HOME` moves data/ and models/ elsewhere, `MLFLOW_TRACKING_URI` names another store,
    `COURTSIDE_KOBE_DIR` holds the original Kobe files, `COURTSIDE_UPLOAD_MB` bounds an upload,
    `COURTSIDE_DASK_SCHEDULER` is the address of the cluster that scores partitioned batches.
    """
    home = Path(os.environ.get("COURTSIDE_HOME") or HOUSE).expanduser().resolve()
    return Settings(
        home=home,
        tracking_uri=os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{home / 'models' / 'mlflow.db'}",
        kobe_dir=Path(os.environ.get("COURTSIDE_KOBE_DIR") or KOBE_BESIDE).expanduser(),
        upload_megabytes=int(os.environ.get("COURTSIDE_UPLOAD_MB") or 200),
        dask_scheduler=os.environ.get("COURTSIDE_DASK_SCHEDULER") or "",
    )
