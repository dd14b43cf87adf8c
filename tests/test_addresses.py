"""What a table was fetched from is recorded and linked to without user, password and query."""

from __future__ import annotations

import sqlite3
from urllib.parse import urlsplit

import pytest

from core import workflows
from core.store import settings, storage
from core.workflows import overview
from tests.web import head, web

SECRETS = ("anastasia", "s3cret", "hush")


def shots(handler, served) -> None:
    body = (settings.load().kobe_dir / "dataset_kobe_dev.parquet").read_bytes()
    head(handler, Content_Length=len(body))
    handler.wfile.write(body)


@pytest.fixture
def address(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with web(shots=shots) as served:
        yield f"http://anastasia:s3cret@{urlsplit(served.address).netloc}/shots.parquet?token=hush"


def test_no_secret_of_an_address_is_recorded(store, address):
    said: list[str] = []
    found = workflows.prepare("kobe", address, progress=lambda done, total, what: said.append(str(what)))
    assert found.rows_raw == 24271
    assert any(text.startswith("Fetching http://127.0.0.1:") for text in said)
    kept = "\n".join(sqlite3.connect(store / "models" / "mlflow.db").iterdump())
    files = "\n".join(map(str, store.rglob("*")))
    assert "shots-" in kept
    for secret in SECRETS:
        assert secret not in kept
        assert secret not in files
        assert not any(secret in text for text in said)


def test_a_link_to_a_fetched_table_leads_to_its_copy(workspace, address):
    assert workflows.table_link("/data/a.csv") == "/data/a.csv"
    columns = workflows.table_columns(address)
    link = workflows.table_link(address)
    assert workflows.table_columns(str(settings.load().raw / link)) == columns
    assert not any(secret in link for secret in SECRETS)


def test_what_a_killed_fetch_left_is_removed(store):
    raw = settings.load().raw
    raw.mkdir(parents=True)
    (raw / f".0{storage.UNFINISHED}").mkdir()
    (raw / f".0{storage.UNFINISHED}" / "fetched").write_bytes(b"half")
    (raw / "mine.csv").write_bytes(b"a,b\n1,2\n")
    overview.close_interrupted()
    assert [path.name for path in raw.iterdir()] == ["mine.csv"]
