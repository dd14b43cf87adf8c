"""A document whose words try to break out of whatever it is written as."""

from __future__ import annotations

from core.charts import performance
from core.documents.document import Chart, Document, Points, Section, Table
from core.text.messages import message

NASTY = (
    '</script><script>window.hit=1</script>',
    '"><img src=x onerror=window.hit=1>',
    "'); window.hit=1; //",
    "<!--<script>",
    "{0} {title} {{x}} %s ${1+1}",
    "[a](javascript:window.hit=1) ![b](http://example.org/x.png)",
    "a | b |\n| --- |",
    "`code` *bold* _it_ ~~gone~~ # no\n# heading\n- item",
    "https://example.org/x www.example.org",
    "&lt;b&gt; &amp;",
)  # fmt: skip


def written(texts: tuple[str, ...]) -> Document:
    """A document that holds each of the texts wherever a text can stand."""
    title = message("Model card: {project}, version {version}", project=texts[0], version=1)
    table = Table(message("What changed"), (message("Feature"), *texts), tuple((text, *texts) for text in texts))
    rows = [performance.Row(text, 0.1, 0.0, 0.2, "current") for text in texts]
    chart = Chart(message("Skill"), performance.intervals, (rows,), message("{name} drifted most.", name=texts[1]))
    return Document(title, texts, (Section(message("Data"), (*texts, Points(texts), table, chart)),))
