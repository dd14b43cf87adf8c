"""Pages of the app as scripts: opened by a link, and read."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from core.store import settings

PAGES = {
    "Home.py": "overview",
    "pages/data_preparation.py": "data_preparation",
    "pages/training.py": "training",
    "pages/model_registry.py": "model_registry",
    "pages/production_scoring.py": "production_scoring",
    "pages/monitoring.py": "monitoring",
}


def opened(page: str, **choices: str) -> AppTest:
    test = AppTest.from_file(str(settings.HOUSE / "Home.py"), default_timeout=60)
    if page != "Home.py":
        test.switch_page(page)
    for key, value in {"project": "kobe", "lang": "en", **choices}.items():
        test.query_params[key] = value
    test.run()
    assert not test.exception
    return test


def words(test: AppTest) -> str:
    """Everything the page says in markdown, figures and messages."""
    shown = [item.value for kind in (test.markdown, test.caption, test.error, test.warning) for item in kind]
    # What a file calls its columns and values is escaped, so that markdown shows it as it is.
    return "\n".join([*shown, *(f"{item.label}: {item.value}" for item in test.metric)]).replace("\\", "")


def heading(test: AppTest) -> str:
    return next(item.value for item in test.markdown if item.value.startswith("# "))


def button(test: AppTest, label: str):
    return next(item for item in test.button if item.label == label)


def unfolded(page: AppTest, key: str) -> AppTest:
    """The page with one of its folded tables open."""
    page.session_state[key] = True
    return page.run()
