"""The curve of search latency over library size, drawn from the JSON lines of search.py.

    python tests/benchmarks/latency_picture.py LINES.jsonl resources/pictures/latency.svg

Both axes are logarithmic; the aims are drawn beside what was measured.
"""

import argparse
import json
import math
from pathlib import Path

AIMS_MS = {5_000: 25, 20_000: 40, 100_000: 100, 1_000_000: 300}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 380, 64, 132, 28, 52
SIZES, TIMES = (4_000, 1_300_000), (5, 1_000)
LINES = (("p50_ms", "p50", "#2563eb"), ("p95_ms", "p95", "#c2410c"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=Path)
    parser.add_argument("picture", type=Path)
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.lines.read_text().splitlines() if line.startswith("{")]
    rows = sorted((row for row in rows if "p95_ms" in row), key=lambda row: row["pages"])
    options.picture.write_text(picture(rows))


def picture(rows: list[dict[str, float]]) -> str:
    """The whole drawing as SVG."""
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="system-ui, sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        text(LEFT, 18, "Search latency by library size (ms, both axes logarithmic)", "#111827"),
        *grid(),
        curve(list(AIMS_MS.items()), "#9ca3af", "aim (p95)", dashed=True),
        *(curve([(row["pages"], row[key]) for row in rows], colour, name) for key, name, colour in LINES),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def grid() -> list[str]:
    parts = []
    for value in (5, 10, 25, 50, 100, 250, 500, 1000):
        parts.append(line(LEFT, y(value), WIDTH - RIGHT, y(value), "#e5e7eb"))
        parts.append(text(LEFT - 8, y(value) + 4, str(value), "#4b5563", "end"))
    for pages in AIMS_MS:
        parts.append(line(x(pages), TOP, x(pages), HEIGHT - BOTTOM, "#e5e7eb"))
        parts.append(text(x(pages), HEIGHT - BOTTOM + 20, f"{pages:,}", "#4b5563", "middle"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, "pages", "#4b5563", "middle"))
    return parts


def curve(points: list[tuple[float, float]], colour: str, name: str, *, dashed: bool = False) -> str:
    if not points:
        return ""
    places = [(x(pages), y(ms)) for pages, ms in points]
    joined = " ".join(f"{across:.1f},{down:.1f}" for across, down in places)
    dash = ' stroke-dasharray="5 5"' if dashed else ""
    dots = "" if dashed else "".join(f'<circle cx="{a:.1f}" cy="{d:.1f}" r="4" fill="{colour}"/>' for a, d in places)
    end = f"{name}: {points[-1][1]:,.0f} ms"
    label = text(places[-1][0] + 10, places[-1][1] + 4, end, colour)
    return f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2.5"{dash}/>{dots}{label}'


def line(x0: float, y0: float, x1: float, y1: float, colour: str) -> str:
    return f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{colour}"/>'


def text(across: float, down: float, words: str, colour: str, anchor: str = "start") -> str:
    return f'<text x="{across:.1f}" y="{down:.1f}" fill="{colour}" text-anchor="{anchor}">{words}</text>'


def x(pages: float) -> float:
    low, high = (math.log(size) for size in SIZES)
    return LEFT + (math.log(pages) - low) / (high - low) * (WIDTH - RIGHT - LEFT)


def y(ms: float) -> float:
    low, high = (math.log(time) for time in TIMES)
    share = (math.log(max(ms, TIMES[0])) - low) / (high - low)
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)


if __name__ == "__main__":
    main()
