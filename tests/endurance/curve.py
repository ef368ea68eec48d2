"""Memory by pages read: what soak.py saw, in numbers and as a picture."""

import statistics

from driving import Memory

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 340, 56, 180, 34, 48
STRETCHES = 300
"""Points of the picture: each the most of its stretch, so that no peak is left out."""


class Curve:
    """Memory by pages read."""

    def __init__(self) -> None:
        self.points: list[tuple[int, Memory]] = []

    def looked(self, pages: int, memory: Memory) -> None:
        """One more point."""
        self.points.append((pages, memory))

    def between(self, first: float, last: float) -> float:
        """The median of engine and renderers, MB, while between so many pages were read."""
        found = [memory.both / 1e6 for pages, memory in self.points if first <= pages < last]
        return statistics.median(found) if found else 0.0

    def growth_mb(self) -> float:
        """What the last fifth takes more than the second. What was seen once all was read is not of it: the engine
        tidies up then, and with nothing to read there is no reason to give anything back."""
        pages = self.points[-1][0]
        second, last = self.between(pages / 5, 2 * pages / 5), self.between(4 * pages / 5, pages)
        return last - second if second and last else 0.0

    def most_mb(self, part: str = "both") -> int:
        """The peak."""
        return round(max(getattr(memory, part) for _, memory in self.points) / 1e6)

    def told(self, points: int = 20) -> list[tuple[int, int, int]]:
        """Pages, and MB of both and of the engine alone: the most of each stretch."""
        step = max(1, len(self.points) // points)
        stretches = [self.points[at : at + step] for at in range(0, len(self.points), step)]
        return [
            (some[-1][0], round(max(m.both for _, m in some) / 1e6), round(max(m.engine for _, m in some) / 1e6))
            for some in stretches
        ]

    def drawn(self, ceiling_mb: float) -> str:
        """The curve as SVG."""
        pages, top = max(1, self.points[-1][0]), 1.1 * max(ceiling_mb, self.most_mb())
        told = self.told(STRETCHES)
        size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="system-ui, sans-serif" font-size="13">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            _text(LEFT, 20, f"Resident memory while {pages:,} pages were read (MB)", "#111827"),
        ]
        for mb in range(0, int(top), 200):
            parts.append(_line([(0, mb), (pages, mb)], pages, top, "#e5e7eb"))
            parts.append(_text(LEFT - 8, _down(mb, top) + 4, str(mb), "#4b5563", "end"))
        for part in range(5):
            read = pages * part / 4
            parts.append(_text(_across(read, pages), HEIGHT - BOTTOM + 20, f"{read:,.0f}", "#4b5563", "middle"))
        parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "pages read", "#4b5563", "middle"))
        lines = (
            ("ceiling", "#9ca3af", [(0, ceiling_mb), (pages, ceiling_mb)]),
            ("with renderer, most", "#c2410c", [(read, both) for read, both, _ in told]),
            ("engine, most", "#2563eb", [(read, engine) for read, _, engine in told]),
        )
        for number, (name, colour, values) in enumerate(lines):
            parts.append(_line(values, pages, top, colour))
            most = max(mb for _, mb in values)
            down = _down(ceiling_mb, top) + 4 + 24 * number
            parts.append(_text(WIDTH - RIGHT + 8, down, f"{name}: {most:,.0f}", colour))
        return "\n".join([*parts, "</svg>"]) + "\n"


def _line(values: list[tuple[float, float]], pages: float, top: float, colour: str) -> str:
    places = " ".join(f"{_across(x, pages):.1f},{_down(y, top):.1f}" for x, y in values)
    return f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{places}"/>'


def _text(across: float, down: float, words: str, colour: str, anchor: str = "start") -> str:
    return f'<text x="{across:.1f}" y="{down:.1f}" fill="{colour}" text-anchor="{anchor}">{words}</text>'


def _across(read: float, pages: float) -> float:
    return LEFT + read / pages * (WIDTH - LEFT - RIGHT)


def _down(mb: float, top: float) -> float:
    return HEIGHT - BOTTOM - mb / top * (HEIGHT - BOTTOM - TOP)
