"""The parts of an HTML document that stands alone; its content policy forbids to fetch anything.

Text is escaped here and nowhere else: what `section` and `document` take is HTML already.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #182027; background: #FBFCFD;
  max-width: 62rem; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; margin: 0; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem; border-bottom: 1px solid #C9D2DA; }
p, ul { margin: .4rem 0; max-width: 48rem; }
.notice { font-weight: 600; }
.note { color: #55606B; }
table { border-collapse: collapse; margin: .6rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .8rem; border-bottom: 1px solid #E3E8ED; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { color: #55606B; font-weight: 600; }
.head td { text-align: left; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; }
.chart { flex: 1 1 22rem; max-width: 29rem; height: 380px; }
.uid td:first-child { font-family: ui-monospace, monospace; font-size: .85rem;
  overflow-wrap: anywhere; }
@media print { h2 { break-after: avoid; } table { break-inside: avoid; } }
"""


def document(title: str, script: str, body: str) -> str:
    """A whole document with its style and one script."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n"
        f"<script>{script}</script>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )


def section(title: str, *parts: str) -> str:
    """Parts below a heading."""
    return f"<section>\n<h2>{escape(title)}</h2>\n{''.join(parts)}</section>\n"


def note(text: str) -> str:
    """A paragraph that explains, in gray."""
    return f'<p class="note">{escape(text)}</p>\n'


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "figures") -> str:
    """Cells below their headings; `kind` is the class of the style."""
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in headings)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n" for row in rows
    )
    above = f"<thead><tr>{head}</tr></thead>\n" if headings else ""
    return f'<table class="{kind}">\n{above}<tbody>\n{body}</tbody>\n</table>\n'
