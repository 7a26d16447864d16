"""Crossdock at the pace of Amazon and Commerce: served by their simulators, asked by the real clients."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.broker import Broker
from bench.environment import Environment
from bench.errors import BenchError
from bench.outside_load import STORE, open_ledger
from bench.outside_pace import CALLERS, MEDIAN, P99, WAYS, Pace, measure_paces
from bench.outside_rates import FACTOR, PROCESSES, RateUse, measure_rates
from bench.outside_waits import A_SECOND, FAST_AMAZON, Waits, measure_hanging, measure_notified
from bench.processes import end_of_log
from events.open_bus import open_bus
from events.topology import TOPOLOGY
from gateways.commerce.creation import StockMode


@dataclass(frozen=True, slots=True)
class Outside:
    """A slow shop, orders alone and beside calls that hang, orders from their notification, and Amazon's rate."""

    paces: list[Pace]
    alone: Waits
    beside_hanging: Waits
    notified: Waits
    rates: RateUse


Row = tuple[str, str, str]


def measure_outside(environment: Environment, orders: int, timed: int, on_progress: Callable[[str], object]) -> Outside:
    """Take all measurements: *orders* of a slow shop in each way, *timed* ones in each of the others.

    *on_progress* is given the name of each that begins.
    """
    _prepare(environment)
    try:
        paces = measure_paces(
            environment, orders, lambda way: on_progress(f"an importer and a slow shop, orders {way}")
        )
        on_progress("orders alone")
        alone = measure_hanging(environment, 1, timed, hanging=False)
        on_progress("orders beside calls that hang")
        beside = measure_hanging(environment, 2, timed, hanging=True)
        on_progress("from a notification to the Commerce order")
        notified = measure_notified(environment, 3, timed)
        on_progress("Amazon's rate in three processes")
        return Outside(paces, alone, beside, notified, measure_rates(environment, 4, timed))
    except BenchError as error:
        raise BenchError(f"{error}\n{end_of_log(environment.log)}") from None
    finally:
        broker = Broker(environment.broker_url)
        broker.remove([queue.name for queue in TOPOLOGY.queues], ())
        broker.close()


def _prepare(environment: Environment) -> None:
    bus = open_bus(environment.broker_url, "bench")
    bus.declare(TOPOLOGY)
    bus.close()
    ledger = open_ledger(environment)
    with ledger.begin() as work:
        work.stores.save(STORE)
    ledger.close()


def rows_of(outside: Outside) -> list[Row]:
    """Return the rows of the report: the measured figures beside the targets."""
    return [*_pace_rows(outside.paces), *_wait_rows(outside), *_rate_rows(outside.rates)]


def _pace_rows(paces: list[Pace]) -> list[Row]:
    shop = f"Commerce answers in {MEDIAN * 1000:.0f} ms at the median, {P99:.0f} s at p99, {CALLERS} calls at a time"
    rows: list[Row] = [
        (f"{shop}, orders through a cart: share of the capacity of {CALLERS} callers", f"{pace.use:.0%}", ">= 90 %")
        for pace in paces
        if pace.mode is StockMode.CART
    ]
    for pace in paces:
        rows += [
            (f"orders {WAYS[pace.mode]}: created a second", f"{pace.orders_per_second:.1f}", ""),
            ("calls for an order", f"{pace.calls_per_order:.2f}", ""),
            (
                f"the importer's processor time for an order of {pace.orders:,}",
                f"{pace.milliseconds:.1f} ms",
                "<= 3 ms",
            ),
        ]
    return rows


def _wait_rows(outside: Outside) -> list[Row]:
    delay = outside.beside_hanging.longest - outside.alone.longest
    hanging = f"of {A_SECOND} orders a second, the calls of one hang: the longest time of another order"
    notified = (
        f"notification in SQS to Commerce order, {A_SECOND} orders/s, Amazon's rates {FAST_AMAZON:g} times as high"
    )
    return [
        (hanging, f"{outside.beside_hanging.longest:.2f} s", ""),
        ("beyond the longest while none hangs", f"{max(0.0, delay):.2f} s", "< 0.5 s"),
        (f"{notified}: p50", f"{outside.notified.p50:.2f} s", "< 1 s"),
        ("p99", f"{outside.notified.p99:.2f} s", "< 3 s"),
    ]


def _rate_rows(rates: RateUse) -> list[Row]:
    what = (
        f"{rates.notifications:,} notifications wait for {PROCESSES} processes, Amazon's rates {FACTOR:g} times as high"
    )
    use = rates.calls_per_second / rates.granted
    return [
        (f"{what}: share of getOrder's rate that is used", f"{use:.1%}", ">= 95 %"),
        ("calls beyond a rate, which Amazon refuses", f"{rates.refused}", "0"),
    ]
