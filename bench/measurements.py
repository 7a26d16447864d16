"""The measurements by name: each takes the plan and the servers, and adds to the figures.

A further measurement is a function here and a line in MEASUREMENTS.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rich.progress import Progress

from bench.contenders import CONTENDERS, OURS, Contender
from bench.dead_letters import measure_dead_letter_queries
from bench.endurance import measure_endurance
from bench.environment import ROOT, new_environment
from bench.errors import BenchError
from bench.figures import Figures
from bench.growth import measure_growth
from bench.kinds import measure_kinds
from bench.latency import measure_latency
from bench.load import EVENTS_PER_ORDER
from bench.order_lists import measure_order_lists
from bench.outside import measure_outside
from bench.pages import measure_pages
from bench.profile import measure_profile
from bench.race import race
from bench.replay import measure_replay
from bench.servers import Servers
from bench.tuning import SETTINGS, measure_setting, orders_for

OURS_MORE = 5
"""Ours gets this many times the orders, so that its race takes about as long as the peers'."""

LATENCY_TURNS = 3
"""Turns in which each round's latency is measured: a machine's bad minute then falls on all contenders alike."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The extent of a measurement."""

    rounds: int
    orders: int
    contenders: tuple[Contender, ...]
    recorded: tuple[int, ...]
    waves: int
    letters: int
    hot: int
    replayed: int
    listed: int
    created: int
    imported: int

    def orders_of(self, contender: Contender) -> int:
        """Return the orders of one race."""
        return self.orders * (OURS_MORE if contender.name == OURS else 1)


@dataclass(frozen=True, slots=True)
class Run:
    """The parts that a measurement works with."""

    plan: Plan
    servers: Servers
    figures: Figures
    bar: Progress

    def step(self, words: str, events: int) -> Callable[[int], None]:
        """Start a line of progress; call the result with the number of events."""
        for task in self.bar.task_ids:
            self.bar.remove_task(task)
        task = self.bar.add_task(words, total=events)
        return lambda done: self.bar.update(task, completed=done)


def rates(run: Run) -> None:
    """Race all contenders in turn, with one and with two processes, round after round."""
    for number in range(run.plan.rounds):
        races = []
        for processes in (1, 2):
            for contender in run.plan.contenders:
                orders = run.plan.orders_of(contender)
                words = f"round {number + 1}: {contender.name}, {processes} process(es)"
                progress = run.step(words, orders * EVENTS_PER_ORDER)
                with new_environment(run.servers) as environment:
                    races.append(race(environment, contender, processes, orders, progress))
        run.figures.rounds.append(races)


def latency(run: Run) -> None:
    """Publish to all contenders in turn at a steady rate, in more and shorter turns than the races have."""
    orders = max(50, run.plan.orders // LATENCY_TURNS)
    for number in range(run.plan.rounds * LATENCY_TURNS):
        latencies = []
        for contender in run.plan.contenders:
            progress = run.step(f"turn {number + 1}: latency of {contender.name}", orders * EVENTS_PER_ORDER)
            with new_environment(run.servers) as environment:
                latencies.append(measure_latency(environment, contender, orders, progress))
        run.figures.latencies.append(latencies)


def growth(run: Run) -> None:
    """Race ours over ledgers of growing size."""
    ours = CONTENDERS[0]
    for recorded in run.plan.recorded:
        orders = run.plan.orders_of(ours)
        progress = run.step(f"with {recorded:,} orders in the ledger", orders * EVENTS_PER_ORDER)
        with new_environment(run.servers) as environment:
            run.figures.growth.append(measure_growth(environment, ours, recorded, orders, progress))


def endurance(run: Run) -> None:
    """Run one worker of ours for a long time."""
    waves, orders = run.plan.waves, run.plan.orders_of(CONTENDERS[0])
    progress = run.step("endurance", waves * orders * EVENTS_PER_ORDER)
    with new_environment(run.servers) as environment:
        run.figures.endurance += measure_endurance(environment, CONTENDERS[0], waves, orders, progress)


def embedded(run: Run) -> None:
    """Run ours without any server."""
    for number in range(run.plan.rounds):
        run.step(f"round {number + 1}: embedded", 1)
        output = _run_python("bench.embedded", str(run.plan.orders))
        run.figures.embedded.append(float(output))


def start(run: Run) -> None:
    """Time the shortest command."""
    for _ in range(run.plan.rounds * 3):
        started = time.monotonic()
        _run_python("crossdock", "--help")
        run.figures.help_seconds.append(time.monotonic() - started)


def dead_letters(run: Run) -> None:
    """Time an operator's queries about blocked orders."""
    run.step(f"{run.plan.letters:,} dead letters", 1)
    with new_environment(run.servers) as environment:
        run.figures.dead_letter_times.append(measure_dead_letter_queries(environment, run.plan.letters, run.plan.hot))


def order_lists(run: Run) -> None:
    """Time lists of orders and a store's dashboard."""
    run.step(f"lists of {run.plan.listed:,} orders", 1)
    with new_environment(run.servers) as environment:
        run.figures.look_ups += measure_order_lists(environment, run.plan.listed)


def pages(run: Run) -> None:
    """Time every page and list of the API."""
    run.step(f"pages over {run.plan.listed:,} orders", 1)
    with new_environment(run.servers) as environment:
        run.figures.pages += measure_pages(environment, run.plan.listed)


def profile(run: Run) -> None:
    """Time the stages of an event's way through ours."""
    orders = run.plan.orders_of(CONTENDERS[0])
    for number in range(run.plan.rounds):
        progress = run.step(f"round {number + 1}: profile", orders * EVENTS_PER_ORDER)
        with new_environment(run.servers) as environment:
            run.figures.profiles.append(measure_profile(environment, CONTENDERS[0], orders, progress))


def kinds(run: Run) -> None:
    """Compare the cost of events of several kinds."""
    orders = run.plan.orders_of(CONTENDERS[0]) // OURS_MORE
    for number in range(run.plan.rounds):
        run.step(f"round {number + 1}: kinds of events", 1)
        with new_environment(run.servers) as environment:
            run.figures.kinds.append(measure_kinds(environment, orders))


def tuning(run: Run) -> None:
    """Race ours with other settings than the defaults."""
    ours = CONTENDERS[0]
    for option, value in SETTINGS:
        orders = orders_for(option, value, run.plan.orders_of(ours))
        progress = run.step(f"--{option} {value}", orders * EVENTS_PER_ORDER)
        with new_environment(run.servers) as environment:
            run.figures.settings.append(measure_setting(environment, ours, option, value, orders, progress))


def replay(run: Run) -> None:
    """Replay blocked orders to a running importer."""
    run.step(f"{run.plan.replayed:,} blocked orders are replayed", 1)
    with new_environment(run.servers) as environment:
        run.figures.replays.append(measure_replay(environment, run.plan.replayed))


def outside(run: Run) -> None:
    """Import orders over HTTP from a simulated Amazon into a simulated Commerce, at their pace."""
    with new_environment(run.servers) as environment:
        plan = run.plan
        measured = measure_outside(
            environment, plan.created, plan.imported, lambda words: run.step(f"outside: {words}", 1)
        )
    run.figures.outside.append(measured)


MEASUREMENTS: Mapping[str, Callable[[Run], None]] = {
    "rates": rates,
    "latency": latency,
    "profile": profile,
    "kinds": kinds,
    "tuning": tuning,
    "growth": growth,
    "endurance": endurance,
    "dead-letters": dead_letters,
    "orders": order_lists,
    "pages": pages,
    "replay": replay,
    "outside": outside,
    "embedded": embedded,
    "start": start,
}


def _run_python(*words: str) -> str:
    done = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"{' '.join(words)} failed. Its last words:\n{done.stderr[-2000:]}")
    return done.stdout
