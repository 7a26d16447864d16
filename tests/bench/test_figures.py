"""Ratios reckoned from the figures, and their place in the report."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.figures import CORES, Figures, ratios
from bench.kept_figures import read_kept, write_kept
from bench.latency import Latency
from bench.order_lists import LookUpTime
from bench.picture import draw
from bench.race import Mark, Race
from bench.tables import page_times, sheets


def _race(contender: str, rate: float, cpu: float = 1.0) -> Race:
    return Race(contender, 1, events=1000, seconds=1000 / rate, worker_cpu=cpu, broker_cpu=None, startups=[0.5])


@pytest.fixture
def figures() -> Figures:
    """Two rounds; dramatiq is the best peer in the first, taskiq in the second, and dramatiq by its median."""
    return Figures(
        rounds=[
            [_race("crossdock", 4000, 0.25), _race("dramatiq", 800, 1.0), _race("taskiq", 500, 2.0)],
            [_race("crossdock", 6000, 0.25), _race("dramatiq", 900, 1.0), _race("taskiq", 1000, 2.0)],
        ],
        latencies=[
            [Latency("crossdock", 10, 15, 20), Latency("dramatiq", 20, 40, 60), Latency("taskiq", 2e3, 3e3, 4e3)]
        ],
    )


def test_a_ratio_compares_with_the_peer_that_is_best_by_its_median(figures: Figures) -> None:
    found = {ratio.what: ratio for ratio in ratios(figures)}
    rate = found["events/s, one process"]
    assert rate.peer == "dramatiq"
    assert (rate.spread.least, rate.spread.middle, rate.spread.greatest) == pytest.approx((5.0, 5.83333, 6.66667))
    assert found["less worker CPU an event"].spread.middle == pytest.approx(4.0)
    assert found["shorter latency, p99"].spread.middle == pytest.approx(3.0)


def test_a_missed_target_says_by_how_much(figures: Figures) -> None:
    verdicts = {
        row[0]: row[-1] for sheet in sheets(figures) if sheet.title.startswith("Crossdock over") for row in sheet.rows
    }
    assert verdicts["events/s, one process"] == "8 x: missed by 27%"
    assert verdicts["shorter latency, p50"] == "1 x: reached in 1 of 1 turns"


def test_ours_alone_has_no_ratio() -> None:
    assert ratios(Figures(rounds=[[_race("crossdock", 4000)]])) == []


def test_a_race_adds_what_lies_between_its_marks() -> None:
    race = Race("crossdock", 1)
    race.add(Mark(10.0, 100, 1.0, 2.0, None, 5.0), Mark(12.0, 1100, 1.5, 2.1, None, 5.5))
    race.add(Mark(20.0, 0, 0.0, 0.0, None, 6.0), Mark(22.0, 1000, 0.5, 0.1, None, 6.25))
    assert (race.rate, race.worker_cpu, race.database_cpu, race.bench_cpu) == (500.0, 1.0, None, 0.75)
    assert race.broker_cpu == pytest.approx(0.2)


def test_the_rate_of_two_processes_is_also_a_share_of_what_the_cores_allow() -> None:
    race = Race("crossdock", 2, events=1000, seconds=1.0, worker_cpu=0.9 * CORES)
    race.broker_cpu, race.database_cpu, race.bench_cpu = 0.02 * CORES, 0.02 * CORES, 0.01 * CORES
    (share,) = ratios(Figures(rounds=[[race]]))
    assert (share.peer, share.reached) == (f"what {CORES} cores allow", 1)
    assert share.spread.middle == pytest.approx(0.95)


def test_the_tables_show_what_was_measured_and_who_falls_behind(figures: Figures) -> None:
    shown = {sheet.title.split(";")[0].split(" at ")[0]: sheet.rows for sheet in sheets(figures)}
    assert [row[0] for row in shown["Rate"]] == ["crossdock", "dramatiq", "taskiq"]
    assert shown["Latency"][2] == ("taskiq", "falls behind", "falls behind", "falls behind")
    assert all(len(row) == len(sheet.columns) for sheet in sheets(figures) for row in sheet.rows)


def test_pages_have_a_table_of_their_own_with_the_slowest_first() -> None:
    figures = Figures(pages=[LookUpTime("home", 12.0, 20.0), LookUpTime("products", 150.0, 200.0)])
    assert page_times(figures).rows == [("products", "150.0", "200.0", "missed"), ("home", "12.0", "20.0", "reached")]
    assert sheets(figures) == []


def test_the_picture_is_svg_with_a_bar_for_each_figure(figures: Figures) -> None:
    picture = ElementTree.fromstring(draw(figures))  # noqa: S314 - our own text
    bars = [one for one in picture.iter("{http://www.w3.org/2000/svg}rect") if one.get("height") != "100%"]
    assert len(bars) == 3 + 3 * 3
    assert max(int(bar.get("width", "0")) for bar in bars) < 760


def test_a_measurement_replaces_its_own_kept_figures_and_no_others(figures: Figures, tmp_path: Path) -> None:
    file = tmp_path / "benchmark.json"
    kept = read_kept(file)
    kept.keep("latency", figures)
    write_kept(kept, file)
    again = read_kept(file)
    again.keep("pages", Figures(pages=[LookUpTime("home", 12.0, 20.0)]))
    write_kept(again, file)
    final = read_kept(file)
    assert final.figures == Figures(rounds=figures.rounds, latencies=figures.latencies, pages=again.figures.pages)
    assert final.missing(["latency", "pages", "rates"]) == ["rates"]
    assert ratios(final.figures) == ratios(figures)
