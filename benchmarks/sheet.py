"""Draws every shape of the language on one sheet: ``python benchmarks/sheet.py`` writes docs/schedules.svg."""

from pathlib import Path

from surefoot.schedules import Entry, catalogue

COLUMNS, WIDTH, HEIGHT, POINTS = 5, 176, 104, 130
LEFT, TOP, CURVE_WIDTH, CURVE_HEIGHT = 10, 34, 156, 58  # of the curve in its cell
OUT = Path(__file__).parent.parent / "docs" / "schedules.svg"


def cell(entry: Entry, x: int, y: int) -> str:
    """One shape: its word, what kind it is, its curve from 0 to the peak."""
    course = entry.schedule.over(1000)
    steps = [i * 999 // POINTS for i in range(POINTS + 1)]
    points = [f"{LEFT + CURVE_WIDTH * t / 999:.4g},{TOP + CURVE_HEIGHT * (1 - course(t)):.4g}" for t in steps]
    return (
        f'<g transform="translate({x},{y})"><text x="10" y="14" class="w">{entry.word}</text>'
        f'<text x="10" y="26" class="g">{entry.group}</text>'
        f'<path d="M{LEFT} {TOP}v{CURVE_HEIGHT}h{CURVE_WIDTH}" class="a"/>'
        f'<polyline points="{" ".join(points)}" class="c"/></g>'
    )


def main() -> None:
    """Write the sheet."""
    entries = catalogue()
    rows = -(-len(entries) // COLUMNS)
    cells = [cell(entry, i % COLUMNS * WIDTH, i // COLUMNS * HEIGHT) for i, entry in enumerate(entries)]
    style = (
        ".w{font:600 12px sans-serif;fill:#1a1a1a}.g{font:10px sans-serif;fill:#777}"
        ".a{fill:none;stroke:#ccc}.c{fill:none;stroke:#2171b5;stroke-width:1.6}"
    )
    size = f'width="{COLUMNS * WIDTH}" height="{rows * HEIGHT}" viewBox="0 0 {COLUMNS * WIDTH} {rows * HEIGHT}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{style}</style>'
    OUT.write_text(
        "\n".join([svg, '<rect width="100%" height="100%" fill="#fff"/>', *cells, "</svg>"]) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
