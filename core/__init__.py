"""The pipeline of Courtside: prepare, train, register, score, monitor, retrain. Imports no Streamlit."""

__version__ = "0.2.0"
"""The release. The help menu, `python -m core --version`, model cards and pyproject.toml take it from here."""
