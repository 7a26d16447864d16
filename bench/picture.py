"""The picture of rate and latency, as SVG."""

from dataclasses import dataclass
from html import escape
from math import inf

from bench.contenders import CONTENDERS
from bench.figures import Figures, races_of, spread

WIDTH, LABEL, BAR, GAP, TOP = 760, 130, 16, 10, 34
LONGEST = 250.0
"""Milliseconds of the longest bar; who falls behind would leave nothing to see of the others."""

COLOURS = ("#2b6cb0", "#90cdf4", "#ed8936", "#f6ad55", "#c05621")


@dataclass(frozen=True, slots=True)
class Group:
    """The bars of one contender: pairs of a value and its text."""

    name: str
    bars: list[tuple[float, str]]


def draw(figures: Figures) -> str:
    """Draw the events a second above, the latency below."""
    rates = [_rates(figures, contender.name) for contender in CONTENDERS]
    latencies = [_latency(figures, contender.name) for contender in CONTENDERS]
    above, height = _panel("Events a second: one process, two processes", rates, COLOURS[:2], TOP)
    below, height = _panel(
        "Latency at 200 events/s in ms: p50, p95, p99", latencies, COLOURS[2:], height + 2 * TOP, LONGEST
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height + GAP}" font-family="sans-serif">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *above, *below, "</svg>"]) + "\n"


def _rates(figures: Figures, name: str) -> Group:
    runs = [races for processes in (1, 2) if (races := races_of(figures, name, processes))]
    middles = [spread([race.rate for race in races]).middle for races in runs]
    return Group(name, [(rate, f"{rate:,.0f}") for rate in middles])


def _latency(figures: Figures, name: str) -> Group:
    own = [latency for turn in figures.latencies for latency in turn if latency.contender == name]
    middles = (
        [spread([getattr(latency, cut) for latency in own]).middle for cut in ("p50", "p95", "p99")] if own else []
    )
    return Group(name, [(value, f"{value:,.0f}") for value in middles])


def _panel(
    title: str, groups: list[Group], colours: tuple[str, ...], top: int, longest: float = inf
) -> tuple[list[str], int]:
    """Return the lines of one panel that begins at *top*, and where it ends. No bar is longer than *longest*."""
    greatest = min(longest, max((value for group in groups for value, _ in group.bars), default=1.0))
    lines, y = [f'<text x="10" y="{top}" font-size="15" font-weight="bold">{escape(title)}</text>'], top + GAP
    for group in (group for group in groups if group.bars):
        middle = y + BAR * len(group.bars) // 2 + 5
        lines.append(f'<text x="10" y="{middle}" font-size="13">{escape(group.name)}</text>')
        for (value, text), colour in zip(group.bars, colours, strict=False):
            width = max(1, round(min(value, greatest) / greatest * (WIDTH - LABEL - 80)))
            lines.append(f'<rect x="{LABEL}" y="{y}" width="{width}" height="{BAR - 2}" fill="{colour}"/>')
            lines.append(f'<text x="{LABEL + width + 6}" y="{y + BAR - 4}" font-size="11">{text}</text>')
            y += BAR
        y += GAP
    return lines, y
