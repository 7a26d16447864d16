"""The report on the measurements of slow external systems."""

from bench.outside import Outside, rows_of
from bench.outside_pace import Pace
from bench.outside_rates import RateUse
from bench.outside_waits import Waits
from gateways.commerce.creation import StockMode


def test_each_figure_stands_beside_the_one_that_is_wanted() -> None:
    measured = Outside(
        paces=[Pace(StockMode.CART, 1000, 13.25, 0.93, 6.1, 2.81), Pace(StockMode.NONE, 1000, 55.0, 0.66, 1.06, 0.94)],
        alone=Waits(0.05, 0.1, 0.2),
        beside_hanging=Waits(0.05, 0.2, 0.35),
        notified=Waits(0.25, 0.75, 0.9),
        rates=RateUse(4.85, 5.0, 0, 10_000),
    )
    assert [(figure, wanted) for _, figure, wanted in rows_of(measured) if wanted] == [
        ("93%", ">= 90 %"),
        ("2.8 ms", "<= 3 ms"),
        ("0.9 ms", "<= 3 ms"),
        ("0.15 s", "< 0.5 s"),
        ("0.25 s", "< 1 s"),
        ("0.75 s", "< 3 s"),
        ("97.0%", ">= 95 %"),
        ("0", "0"),
    ]
