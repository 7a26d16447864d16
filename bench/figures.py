"""All figures of a run, with medians and the ratio of ours over the best peer."""

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields
from statistics import median
from typing import Any

from bench.contenders import OURS
from bench.dead_letters import DeadLetterTimes
from bench.endurance import Wave
from bench.growth import Growth
from bench.kinds import KindCost
from bench.latency import Latency
from bench.order_lists import LookUpTime
from bench.outside import Outside
from bench.profile import Share
from bench.race import Race
from bench.replay import Replayed
from bench.tuning import Setting

CORES = os.cpu_count() or 1
MACHINE = f"{CORES} cores, {platform.system()}, Python {platform.python_version()}"


@dataclass(slots=True)
class Figures:
    """The measured values; `rounds` and `latencies` have one list by turn of all contenders."""

    rounds: list[list[Race]] = field(default_factory=list)
    latencies: list[list[Latency]] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)
    endurance: list[Wave] = field(default_factory=list)
    dead_letter_times: list[DeadLetterTimes] = field(default_factory=list)
    look_ups: list[LookUpTime] = field(default_factory=list)
    pages: list[LookUpTime] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    profiles: list[list[Share]] = field(default_factory=list)
    kinds: list[list[KindCost]] = field(default_factory=list)
    replays: list[Replayed] = field(default_factory=list)
    outside: list[Outside] = field(default_factory=list)
    embedded: list[float] = field(default_factory=list)
    help_seconds: list[float] = field(default_factory=list)

    def replace(self, newer: "Figures") -> None:
        """Take those kinds of figures that another set has."""
        for kind in fields(self):
            if values := getattr(newer, kind.name):
                setattr(self, kind.name, values)

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {"machine": MACHINE, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with the least and the greatest."""

    middle: float
    least: float
    greatest: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours over the best peer, or over a bound, in each turn. `peer` was the best by its median over all turns.

    The best of five in a single turn would be the luckiest one: a contender's own figures differ by a third at p99.
    """

    what: str
    peer: str
    times: Sequence[float]
    target: float

    @property
    def spread(self) -> Spread:
        """The turns in short."""
        return spread(self.times)

    @property
    def reached(self) -> int:
        """The number of turns in which the target was reached."""
        return sum(factor >= self.target for factor in self.times)


def spread(values: Sequence[float]) -> Spread:
    """Return median, least and greatest."""
    return Spread(median(values), min(values), max(values))


def races_of(figures: Figures, contender: str, processes: int) -> list[Race]:
    """Return one contender's races, a round each."""
    return [
        race for turn in figures.rounds for race in turn if (race.contender, race.processes) == (contender, processes)
    ]


def cpu_per_thousand(race: Race) -> float:
    """Return the workers' processor seconds for a thousand events."""
    return race.worker_cpu * 1000 / race.events


def ratios(figures: Figures) -> list[Ratio]:
    """Return the factor by which ours is better than the best peer, for each measurement."""
    computed = [
        _ratio(f"events/s, {_words(count)}", 8 if count == 1 else 10, _runs(figures, count), lambda race: race.rate)
        for count in sorted({race.processes for turn in figures.rounds for race in turn})
    ]
    computed.append(_share_of_cores(figures))
    computed.append(_ratio("less worker CPU an event", 8, _runs(figures, 1), lambda race: 1 / cpu_per_thousand(race)))
    for name in ("p50", "p95", "p99"):
        by_latency = [{latency.contender: 1 / getattr(latency, name) for latency in turn} for turn in figures.latencies]
        computed.append(_ratio(f"shorter latency, {name}", 1, by_latency, lambda value: value))
    return [ratio for ratio in computed if ratio]


def _share_of_cores(figures: Figures) -> Ratio | None:
    """Return the rate of two processes as a share of the rate that the cores allow by all processor time of an event.

    That rate would keep every core busy, so the share is that of the cores in use.
    """
    shares = [race.cores / CORES for race in races_of(figures, OURS, 2) if race.cores is not None]
    return Ratio(f"events/s, {_words(2)}", f"what {CORES} cores allow", shares, 0.9) if shares else None


def _words(processes: int) -> str:
    return "one process" if processes == 1 else f"{processes} processes"


def _runs(figures: Figures, processes: int) -> list[dict[str, Race]]:
    return [{race.contender: race for race in turn if race.processes == processes} for turn in figures.rounds]


def _ratio(what: str, target: float, rounds: Sequence[dict[str, Any]], value: Callable[[Any], float]) -> Ratio | None:
    whole = [turn for turn in rounds if OURS in turn and len(turn) > 1]
    if not whole:
        return None
    peers = sorted(whole[0].keys() - {OURS})
    best = max(peers, key=lambda name: median(value(turn[name]) for turn in whole))
    return Ratio(what, best, [value(turn[OURS]) / value(turn[best]) for turn in whole], target)
