"""Plotly figures in one style. Each function takes values that are already computed and a `Look`, and returns a
figure; what is large is aggregated here, so that a browser never gets rows."""

from core.charts.style import CONFIG, Look

__all__ = ["CONFIG", "Look"]
