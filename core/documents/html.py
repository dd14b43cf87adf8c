"""A document as one HTML file that needs nothing beside it: no server, no network, no second file.

Charts are the app's own, drawn by the part of plotly.js that knows scatters and bars; `assets/README.md` says
where it comes from. The file's own policy lets a browser run the two scripts in it, known by their hashes, and fetch
nothing: what a user's data holds could not run or call home even if it got past `escape`.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from functools import lru_cache
from html import escape
from pathlib import Path

from core.charts.style import PALETTES, Look, Mode
from core.documents.document import Chart, Document, Part, Points, Section, Table, Text, said
from core.text.messages import message

ASSETS = Path(__file__).parent / "assets"
LIBRARY = ASSETS / "plotly-basic.min.js.gz"
FONT = "'Source Sans 3', 'Source Sans Pro', 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def html(document: Document, language: str) -> str:
    """The document as a page for a reader of `language`: light or dark as the reader's system asks, light in print."""
    charts = [part for section in document.sections for part in section.parts if isinstance(part, Chart)]
    body = "\n".join([_head(document, language), *_sections(document, language)])
    return PAGE.format(
        language=language.replace("_", "-"),
        title=escape(said(document.title, language)),
        policy=_policy(),
        style=_style(),
        body=body,
        charts=_charts(charts, language),
        library=base64.b64encode(LIBRARY.read_bytes()).decode(),
        script=SCRIPT,
    )


def _head(document: Document, language: str) -> str:
    lead = "\n".join(f"<p>{_plain(text, language)}</p>" for text in document.lead)
    without = message("The charts need a browser with scripts; the sentence under each says what it shows.")
    return (
        f'<header>\n<h1>{_plain(document.title, language)}</h1>\n{lead}\n</header>\n'
        f'<p id="without">{_plain(without, language)}</p>'
    )  # fmt: skip


def _sections(document: Document, language: str) -> list[str]:
    made, before = [], 0
    for section in document.sections:
        made.append(_section(section, language, before))
        before += sum(isinstance(part, Chart) for part in section.parts)
    return made


def _section(section: Section, language: str, before: int) -> str:
    """A section; its charts are numbered on from those `before` it."""
    parts = []
    for part in section.parts:
        parts.append(_part(part, language, before))
        before += isinstance(part, Chart)
    return "\n".join(["<section>", f"<h2>{_plain(section.title, language)}</h2>", *parts, "</section>"])


def _part(part: Part, language: str, number: int) -> str:
    match part:
        case Points():
            items = "\n".join(f"<li>{_plain(item, language)}</li>" for item in part.items)
            return f"<ul>\n{items}\n</ul>"
        case Table():
            return _table(part, language)
        case Chart():
            alt, title = _plain(part.alt, language), _plain(part.title, language)
            chart = f'<div class="chart" id="chart-{number}" role="img" aria-label="{alt}"></div>'
            return f"<figure>\n<h3>{title}</h3>\n{_wide(chart, title)}\n<figcaption>{alt}</figcaption>\n</figure>"
    return f"<p>{_plain(part, language)}</p>"


def _table(table: Table, language: str) -> str:
    header = "".join(f'<th scope="col">{_plain(cell, language)}</th>' for cell in table.header)
    rows = "\n".join(
        f'<tr><th scope="row">{_plain(row[0], language)}</th>'
        + "".join(f"<td>{_plain(cell, language)}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    )
    kind = "figures" if table.numeric else "words"
    caption = _plain(table.caption, language)
    return _wide(
        f'<table class="{kind}">\n<caption>{caption}</caption>\n<thead><tr>{header}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table>",
        caption,
    )


def _wide(element: str, label: str) -> str:
    """What may be wider than a phone: it scrolls by itself, with the keyboard too."""
    return f'<div class="wide" tabindex="0" role="region" aria-label="{label}">\n{element}\n</div>'


def _charts(charts: list[Chart], language: str) -> str:
    """Every chart in both modes as JSON, in which no text can end the element that holds it."""
    modes: tuple[Mode, ...] = ("light", "dark")
    drawn = [{mode: _drawn(chart, Look(mode, language)) for mode in modes} for chart in charts]
    return json.dumps(drawn, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _drawn(chart: Chart, look: Look) -> dict[str, object]:
    figure = chart.drawn(look)
    # What the default template sets is set by `style.figure` too, and it is 7 kB a chart.
    figure.update_layout(template={}, font_family=FONT, hoverlabel_font_family=FONT)
    plain: dict[str, object] = json.loads(figure.to_json())
    return plain


def _plain(text: Text, language: str) -> str:
    return escape(said(text, language))


@lru_cache(maxsize=1)
def _policy() -> str:
    both = gzip.decompress(LIBRARY.read_bytes()), SCRIPT.encode()
    allowed = " ".join(f"'sha256-{_hash(script)}'" for script in both)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:"


def _hash(script: bytes) -> str:
    return base64.b64encode(hashlib.sha256(script).digest()).decode()


def _style() -> str:
    light, dark = (
        f"--page: {palette.page}; --strong: {palette.strong}; --text: {palette.text}; --line: {palette.grid}; "
        f"--accent: {palette.current.color};"
        for palette in (PALETTES["light"], PALETTES["dark"])
    )
    return STYLE.replace("LIGHT", light).replace("DARK", dark).replace("FONT", FONT)


STYLE = """
:root { color-scheme: light dark; LIGHT }
@media (prefers-color-scheme: dark) { :root { DARK } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--strong); font: 16px/1.5 FONT; }
main { max-width: 47rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
header { border-bottom: 3px solid var(--accent); padding-bottom: .6rem; margin-bottom: 1rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: .95rem; margin: 0 0 .3rem; }
p, ul { margin: .5rem 0; overflow-wrap: anywhere; }
ul { padding-left: 1.2rem; }
figure { margin: 1.2rem 0; }
figcaption, caption { color: var(--text); font-size: .9rem; }
caption { text-align: left; padding-bottom: .3rem; }
.wide { overflow-x: auto; margin: .9rem 0; }
figure .wide { margin: 0; }
.chart { min-width: 34rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
tbody th { font-weight: 400; }
tbody th, .words td { overflow-wrap: anywhere; min-width: 7.5rem; }
.figures th:not(:first-child), .figures td { text-align: right; padding: .3rem 0 .3rem .8rem; white-space: nowrap; }
#without { color: var(--text); }
.charted #without { display: none; }
@media print {
  :root { color-scheme: light; LIGHT }
  main { max-width: none; padding: 0; }
  .wide { overflow: visible; }
  h2, h3 { break-after: avoid; }
  figure, tr { break-inside: avoid; }
}
"""
SCRIPT = """
(async () => {
  const read = (id) => document.getElementById(id).textContent;
  const packed = Uint8Array.from(atob(read("library")), (sign) => sign.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const library = document.createElement("script");
  library.textContent = await new Response(unpacked).text();
  document.head.append(library);
  const charts = JSON.parse(read("charts"));
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const draw = (mode) => charts.forEach((chart, number) =>
    Plotly.react("chart-" + number, chart[mode].data, chart[mode].layout, { displayModeBar: false, responsive: true }));
  const follow = () => draw(dark.matches ? "dark" : "light");
  dark.addEventListener("change", follow);
  addEventListener("beforeprint", () => draw("light"));
  addEventListener("afterprint", follow);
  follow();
  document.documentElement.classList.add("charted");
})();
"""
PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
<script type="application/json" id="charts">{charts}</script>
<script type="text/plain" id="library">{library}</script>
<script>{script}</script>
</body>
</html>
"""
