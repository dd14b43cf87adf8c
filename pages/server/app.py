"""What `make run` starts: the app, with the slow imports done while the first browser is still being opened.

`streamlit run Home.py` serves the same pages; its first visitor waits some seconds for MLflow to be imported.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

HOUSE = Path(__file__).resolve().parent.parent.parent


@asynccontextmanager
async def warm(_: st.App) -> AsyncIterator[None]:
    """Imports in the background from the start on, and ends the worker with the server."""
    threading.Thread(target=_import, daemon=True).start()
    yield
    from pages.parts import work

    work.queue().close()


def doorkeeper() -> Middleware:
    """Lets in who opened the app under a name of its own: this machine's, that of `--server.address`, those of
    `--server.allowedHosts`, and that of `COURTSIDE_URL`."""
    sys.path.insert(0, str(HOUSE))  # as Streamlit does for Home.py, once the first page runs
    from core.store import settings
    from pages.server.door import HERE, Door

    url = settings.alerting().link
    hosts = {*HERE, *config.get_option("server.allowedHosts"), config.get_option("server.address") or ""}
    hosts |= {urlsplit(url).hostname or ""}
    # Streamlit checks the host of a websocket once more, by this list of its own.
    config.set_option("server.allowedHosts", sorted(name.strip("[]") for name in hosts if name))
    return Middleware(Door, url=url, hosts=hosts)


def _import() -> None:
    importlib.import_module("plotly.graph_objects")
    from core import workflows
    from core.charts import court
    from core.charts.style import Look
    from core.store import outside
    from pages.parts import work
    from pages.parts.reads import read

    court.density(Look(), *np.ones((2, 9)))  # the first chart looks for plotly's validators and narwhals' plugins
    work.queue()
    outside.warm()
    for project in workflows.projects():
        read(workflows.status, project)
    importlib.import_module("sklearn.pipeline")
    importlib.import_module("pandera.pandas")
    inspect.stack()  # looks through thousands of modules, once: Streamlit calls it with the first element of all
    # Streamlit collects garbage after every run of a script: a fifth of a second when it has to walk all that these
    # libraries have made, and nothing of which ever becomes garbage.
    gc.collect()
    gc.freeze()


app = st.App(HOUSE / "Home.py", lifespan=warm, middleware=[doorkeeper()])
