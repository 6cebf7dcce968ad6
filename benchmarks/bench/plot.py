"""A picture of a run: the share of a core that each crowd took, the server beside the relay, as SVG."""

from pathlib import Path
from xml.sax.saxutils import escape

from bench.report import Figure, Report

SERVER, RELAY = "server and its Redis, share of a core", "relay: share of a core"
WIDTH, LEFT, BAR, ROW = 760, 330, 14, 46


def plot(report: Report, directory: Path) -> None:
    """Write load.svg."""
    found: dict[str, dict[str, Figure]] = {}
    for each in report.figures:
        if each.what in (SERVER, RELAY):
            found.setdefault(each.case, {})[each.what] = each
    rows = [_row(n, case, figures) for n, (case, figures) in enumerate(found.items())]
    height = 40 + ROW * len(rows)
    size = f'viewBox="0 0 {WIDTH} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">'
    title = '<text x="8" y="22" font-size="15">Share of one core: the server (blue) and a bare relay (grey)</text>'
    ground = f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    (directory / "load.svg").write_text("\n".join([head, ground, title, *rows, "</svg>"]) + "\n")


def _row(n: int, case: str, figures: dict[str, Figure]) -> str:
    y = 40 + n * ROW
    lines = [f'<text x="8" y="{y + 19}">{escape(case)}</text>']
    for k, (what, color) in enumerate(((SERVER, "#457b9d"), (RELAY, "#a8a8a8"))):
        value = figures[what].value if what in figures else 0.0
        top, long = y + k * (BAR + 2), min(100.0, value) / 100 * (WIDTH - LEFT - 60)
        lines.append(f'<rect x="{LEFT}" y="{top}" width="{long:.1f}" height="{BAR}" fill="{color}"/>')
        lines.append(f'<text x="{LEFT + long + 6:.1f}" y="{top + 11}">{value:.0f} %</text>')
    return "\n".join(lines)
