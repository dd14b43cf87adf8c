"""Where things lie. The environment is the only configuration; it is read when asked, never on import."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
KOBE_BESIDE = HOUSE.parent / "shared" / "data" / "kobe"


@dataclass(frozen=True)
class Settings:
    """Folders, store and limits of one workspace."""

    home: Path
    tracking_uri: str
    kobe_dir: Path
    upload_megabytes: int
    dask_scheduler: str = ""
    fetch_megabytes: int = 10_000
    fetch_seconds: int = 3600
    private_addresses: str = "typed"
    read_megabytes: int = 4000
    read_seconds: int = 300
    columns: int = 10_000

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

    @property
    def scratch(self) -> Path:
        """Where long work keeps what nobody needs after it."""
        return self.models / ".work"


@dataclass(frozen=True)
class Alerting:
    """Where alerts go, word for word as the environment says it: `core.alerting.channels` checks it before it is used.

    A webhook's address is as good as a password, so neither is shown when this is printed.
    """

    webhook: str = field(default="", repr=False)
    smtp_host: str = ""
    smtp_port: str = ""
    smtp_security: str = ""
    smtp_user: str = field(default="", repr=False)
    smtp_password: str = field(default="", repr=False)
    sender: str = ""
    recipients: str = ""
    language: str = ""
    link: str = ""


def load() -> Settings:
    """The settings of this process.

    `COURTSIDE_HOME` moves data/ and models/ elsewhere, `MLFLOW_TRACKING_URI` names another store,
    `COURTSIDE_KOBE_DIR` holds the original Kobe files, `COURTSIDE_UPLOAD_MB` bounds an upload,
    `COURTSIDE_DASK_SCHEDULER` is the address of the cluster that scores partitioned batches. `COURTSIDE_FETCH_MB` and
    `COURTSIDE_FETCH_SECONDS` bound what is fetched from a URI, `COURTSIDE_PRIVATE_ADDRESSES` says which addresses of
    private networks it may come from (`core.store.fetching.PRIVATE`). `COURTSIDE_READ_MB`, `COURTSIDE_READ_SECONDS` and
    `COURTSIDE_COLUMNS` bound what reading a file may take, and how wide it may be.
    """
    home = Path(os.environ.get("COURTSIDE_HOME") or HOUSE).expanduser().resolve()
    return Settings(
        home=home,
        tracking_uri=os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{home / 'models' / 'mlflow.db'}",
        kobe_dir=Path(os.environ.get("COURTSIDE_KOBE_DIR") or KOBE_BESIDE).expanduser(),
        upload_megabytes=int(os.environ.get("COURTSIDE_UPLOAD_MB") or 200),
        dask_scheduler=os.environ.get("COURTSIDE_DASK_SCHEDULER") or "",
        fetch_megabytes=int(os.environ.get("COURTSIDE_FETCH_MB") or 10_000),
        fetch_seconds=int(os.environ.get("COURTSIDE_FETCH_SECONDS") or 3600),
        private_addresses=os.environ.get("COURTSIDE_PRIVATE_ADDRESSES") or "typed",
        read_megabytes=int(os.environ.get("COURTSIDE_READ_MB") or 4000),
        read_seconds=int(os.environ.get("COURTSIDE_READ_SECONDS") or 300),
        columns=int(os.environ.get("COURTSIDE_COLUMNS") or 10_000),
    )


def alerting() -> Alerting:
    """Where this process sends alerts.

    `COURTSIDE_WEBHOOK_URL` gets them as JSON; `COURTSIDE_SMTP_HOST`, `_PORT`, `_SECURITY`, `_USER`, `_PASSWORD`,
    `_FROM` and `_TO` send them as e-mail; `COURTSIDE_ALERT_LANGUAGE` is the language they are written in, and
    `COURTSIDE_URL` the address at which browsers reach the app.
    """
    return Alerting(
        webhook=os.environ.get("COURTSIDE_WEBHOOK_URL") or "",
        smtp_host=os.environ.get("COURTSIDE_SMTP_HOST") or "",
        smtp_port=os.environ.get("COURTSIDE_SMTP_PORT") or "",
        smtp_security=os.environ.get("COURTSIDE_SMTP_SECURITY") or "",
        smtp_user=os.environ.get("COURTSIDE_SMTP_USER") or "",
        smtp_password=os.environ.get("COURTSIDE_SMTP_PASSWORD") or "",
        sender=os.environ.get("COURTSIDE_SMTP_FROM") or "",
        recipients=os.environ.get("COURTSIDE_SMTP_TO") or "",
        language=os.environ.get("COURTSIDE_ALERT_LANGUAGE") or "",
        link=os.environ.get("COURTSIDE_URL") or "",
    )
