"""The report's tables, as rows of text: the terminal and the page show the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.contenders import CONTENDERS
from bench.figures import Figures, Ratio, Spread, cpu_per_thousand, races_of, ratios, spread
from bench.latency import Latency
from bench.outside import rows_of
from bench.pages import LIMIT as PAGE_LIMIT
from bench.race import Race

WAVES_SHOWN = 10

OVERLOADED = 1000.0
"""Milliseconds at the median from which a contender counts as unable to keep up."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its subject, its columns, its rows."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def sheets(figures: Figures) -> list[Sheet]:
    """Return all tables that have rows, but the one of pages, which has a page of its own."""
    tables = [
        _rates(figures),
        _latencies(figures),
        _ratios(figures),
        _profile(figures),
        _kinds(figures),
        _settings(figures),
        _growth(figures),
        _endurance(figures),
        _dead_letter_times(figures),
        _look_ups(figures),
        _replays(figures),
        _outside(figures),
        _rest(figures),
    ]
    return [sheet for sheet in tables if sheet.rows]


def _rates(figures: Figures) -> Sheet:
    columns = ("", "proc.", "events/s", "worker", "broker", "database", "bench", "cores", "MB", "start s")
    rows = [
        _race_row(races)
        for contender in CONTENDERS
        for processes in (1, 2)
        if (races := races_of(figures, contender.name, processes))
    ]
    return Sheet(
        "Rate; worker, broker, database, bench: CPU seconds for 1,000 events; cores in use; start to first follow-up",
        columns,
        rows,
    )


def _race_row(races: list[Race]) -> tuple[str, ...]:
    first = races[0]
    return (
        first.contender,
        str(first.processes),
        _whole(spread([race.rate for race in races])),
        f"{spread([cpu_per_thousand(race) for race in races]).middle:.3f}",
        _cpu(races, "broker_cpu"),
        _cpu(races, "database_cpu"),
        _cpu(races, "bench_cpu"),
        _cores(races),
        f"{max(race.memory for race in races) / 1e6:.0f}",
        f"{spread([start for race in races for start in race.startups]).middle:.2f}",
    )


def _cpu(races: list[Race], name: str) -> str:
    values = [getattr(race, name) * 1000 / race.events for race in races if getattr(race, name) is not None]
    return f"{spread(values).middle:.3f}" if values else "-"


def _cores(races: list[Race]) -> str:
    """Return how many cores workers, servers and the bench kept busy together."""
    used = [race.cores for race in races if race.cores is not None]
    return f"{spread(used).middle:.2f}" if used else "-"


def _latencies(figures: Figures) -> Sheet:
    rows = []
    for contender in CONTENDERS:
        own = [latency for turn in figures.latencies for latency in turn if latency.contender == contender.name]
        if own:
            rows.append((contender.name, *(_milliseconds(own, name) for name in ("p50", "p95", "p99"))))
    return Sheet("Latency at 200 events/s, ms from publishing to the follow-up", ("", "p50", "p95", "p99"), rows)


def _milliseconds(own: list[Latency], name: str) -> str:
    middle = spread([getattr(latency, name) for latency in own]).middle
    return "falls behind" if spread([latency.p50 for latency in own]).middle > OVERLOADED else f"{middle:.1f}"


def _ratios(figures: Figures) -> Sheet:
    rows = [
        (
            ratio.what,
            ratio.peer,
            f"{ratio.spread.middle:.2f} x",
            f"{ratio.spread.least:.2f} to {ratio.spread.greatest:.2f}",
            f"{ratio.target:g} x: {_verdict(ratio)}",
        )
        for ratio in ratios(figures)
    ]
    columns = ("", "best peer", "median", "spread", "target")
    return Sheet("Crossdock over the best peer", columns, rows)


def _verdict(ratio: Ratio) -> str:
    if not ratio.reached:
        return f"missed by {1 - ratio.spread.middle / ratio.target:.0%}"
    return f"reached in {ratio.reached} of {len(ratio.times)} turns"


def _profile(figures: Figures) -> Sheet:
    """Show where the time goes that keeps a ratio from being better."""
    if not figures.profiles:
        return Sheet("", (), ())
    middles = {
        share.stage: spread([profile[place].microseconds for profile in figures.profiles]).middle
        for place, share in enumerate(figures.profiles[0])
    }
    rows = [(stage, f"{value:.0f}") for stage, value in (*middles.items(), ("total", sum(middles.values())))]
    return Sheet("Crossdock: processor time of one event in a batch, microseconds", ("stage", "us"), rows)


def _kinds(figures: Figures) -> Sheet:
    rows = []
    for same in zip(*figures.kinds, strict=True):
        cost, plain = (
            spread([getattr(kind_cost, name) for kind_cost in same]).middle for name in ("microseconds", "plain")
        )
        rows.append((same[0].kind, f"{cost:.0f}", f"{plain:.0f}", f"{cost / plain:.2f} x"))
    columns = ("event", "us", "plain us", "ratio")
    return Sheet("Kinds of events: processor time of one in the batch processor, beside a plain one", columns, rows)


def _settings(figures: Figures) -> Sheet:
    rows = [
        (
            f"--{setting.option} {setting.value}",
            f"{setting.race.rate:,.0f}",
            f"{cpu_per_thousand(setting.race):.3f}",
            f"{setting.race.memory / 1e6:.0f}",
        )
        for setting in figures.settings
    ]
    columns = ("crossdock work", "events/s", "CPU worker", "MB")
    return Sheet("Other settings than the defaults (batch 100, prefetch 500, one process)", columns, rows)


def _growth(figures: Figures) -> Sheet:
    rows = [
        (
            f"{growth.orders:,}",
            f"{growth.race.rate:,.0f}",
            f"{cpu_per_thousand(growth.race):.3f}",
            _cpu([growth.race], "database_cpu"),
        )
        for growth in figures.growth
    ]
    columns = ("orders in the ledger", "events/s", "CPU worker", "CPU database")
    return Sheet("Cost of an event as the ledger grows; CPU in seconds for 1,000 events", columns, rows)


def _endurance(figures: Figures) -> Sheet:
    waves = figures.endurance
    shown = [*waves[:: max(1, len(waves) // WAVES_SHOWN)], *waves[-1:]]
    rows = [(f"{wave.events:,}", f"{wave.rate:,.0f}", f"{wave.memory / 1e6:.1f}") for wave in shown]
    return Sheet("One worker over many events", ("events so far", "events/s", "memory MB"), rows)


def _dead_letter_times(figures: Figures) -> Sheet:
    rows = [
        (
            f"{times.letters:,}",
            f"{times.hot:,}",
            *(f"{seconds:.2f}" for seconds in (times.dry_run, times.listing, times.release)),
        )
        for times in figures.dead_letter_times
    ]
    columns = ("dead letters", "of one SKU", "dry run s", "list s", "release s")
    return Sheet("Blocked orders: time of a dry run, a list and a release", columns, rows)


def _look_ups(figures: Figures) -> Sheet:
    rows = [(look_up.what, f"{look_up.p50:.1f}", f"{look_up.p95:.1f}") for look_up in figures.look_ups]
    return Sheet("Lists of orders, first page of 50, milliseconds at the server", ("list", "p50", "p95"), rows)


def page_times(figures: Figures) -> Sheet:
    """Return the table of pages and lists, the slowest first; it has no rows where they were not timed."""
    slowest = sorted(figures.pages, key=lambda page: -page.p95)
    rows = [(page.what, f"{page.p50:.1f}", f"{page.p95:.1f}", _within(page.p95)) for page in slowest]
    columns = ("page or list", "p50", "p95", f"{PAGE_LIMIT:.0f} ms at p95")
    return Sheet("Every page and list of the API over a million orders, milliseconds at the server", columns, rows)


def _within(p95: float) -> str:
    return "reached" if p95 < PAGE_LIMIT else "missed"


def _replays(figures: Figures) -> Sheet:
    rows = [
        (f"{replay.letters:,}", f"{replay.dry_run:.2f}", f"{replay.replayed:,.0f}", f"{replay.asked:,.0f}")
        for replay in figures.replays
    ]
    columns = ("blocked orders", "dry run s", "replayed, orders/s", "import requested, orders/s")
    return Sheet("A replay to one importer, with the simulated Commerce in the same database", columns, rows)


def _outside(figures: Figures) -> Sheet:
    rows = [row for outside in figures.outside for row in rows_of(outside)]
    return Sheet("At the pace of Amazon and Commerce", ("", "measured", "wanted"), rows)


def _rest(figures: Figures) -> Sheet:
    rows = []
    if figures.embedded:
        rows.append(("embedded: memory and SQLite, one process, events/s", _whole(spread(figures.embedded))))
    if figures.help_seconds:
        rows.append(("crossdock --help, seconds", f"{spread(figures.help_seconds).middle:.2f}"))
    return Sheet("Other figures", ("", "median"), rows)


def _whole(figure: Spread) -> str:
    """Write a figure with its spread, if it has one."""
    alone = figure.least == figure.greatest
    return f"{figure.middle:,.0f}" + ("" if alone else f" ({figure.least:,.0f} to {figure.greatest:,.0f})")
