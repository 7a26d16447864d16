"""Pages of replays: the dry run, the start, progress and its stream, pause, resume, abort; the role that each needs."""

from contextlib import closing

from operations.replays.lookup import list_replays
from schemas.product import Product
from tests.harness import Pipeline
from tests.letters import block
from tests.web.forms import hidden_field
from tests.web.people import Browser
from workers.replayer import Replayer

QUERY = "kind=product_missing"


def start(operator: Browser, rate: str = "50", ramp: str = "true") -> str:
    """Start the replay of a dry run; return its page."""
    text = operator.get(f"/replays/new?{QUERY}&rate={rate}&ramp={ramp}").text
    form = {name: hidden_field(text, name) for name in ("token", "ramp", "stop")}
    answer = operator.submit("/replays", **form, rate=rate, kind="product_missing", reason="stock came in")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_dry_run_shows_what_would_block_again_and_writes_nothing(pipeline: Pipeline, viewer: Browser) -> None:
    block(pipeline, range(3))
    text = viewer.get(f"/replays/new?{QUERY}&rate=2").text
    assert "Would block again" in text
    assert "does not exist in the catalog" in text
    assert "Start" not in text
    assert list_replays(pipeline.context, 10).rows == ()
    assert viewer.get("/replays/new?kind=address").status_code == 409
    assert viewer.get(f"/replays/new?{QUERY}&rate=0").status_code == 422


def test_a_replay_that_was_started_in_the_browser_is_carried_out_by_a_worker(
    pipeline: Pipeline, operator: Browser
) -> None:
    block(pipeline, range(3))
    pipeline.commerce.catalog.save([Product(sku="SKU-1", name="One", quantity=9)])
    page = start(operator, ramp="false")
    assert "0 of 3 letters done" in operator.get(page).text
    with closing(Replayer(pipeline.ledger)) as replayer:
        while replayer.turn():
            pipeline.drain()
    text = operator.get(page).text
    assert "3 of 3 letters done" in text
    assert "finished" in text
    assert "operator" in operator.get("/replays").text
    assert "data-events" not in text
    events = operator.get(f"{page}/events").text
    assert "3 of 3 letters done" in events
    assert "event: ended" in events


def test_a_replay_is_paused_resumed_and_aborted(pipeline: Pipeline, operator: Browser) -> None:
    block(pipeline, range(3))
    page = start(operator)
    assert "data-events" in operator.get(page).text
    for action, state in (("pause", "paused"), ("resume", "running"), ("abort", "aborted")):
        assert operator.submit(f"{page}/{action}").status_code == 303
        assert list_replays(pipeline.context, 1).rows[0].state == state
    assert operator.submit(f"{page}/pause").status_code == 409
    assert "3" in operator.get(f"{page}?state=aborted").text


def test_a_dry_run_that_is_out_of_date_starts_nothing(pipeline: Pipeline, operator: Browser) -> None:
    block(pipeline, range(2))
    text = operator.get(f"/replays/new?{QUERY}").text
    form = {name: hidden_field(text, name) for name in ("token", "ramp", "stop")} | {"rate": "50"}
    answer = operator.submit("/replays", **form, kind="product_missing", store="another", reason="x")
    assert answer.status_code == 409
    assert "make a new dry run" in answer.text
    assert operator.submit("/replays", **{**form, "rate": "fast"}, reason="x").status_code == 422


def test_staff_watch_replays_and_start_none(pipeline: Pipeline, operator: Browser, staff: Browser) -> None:
    block(pipeline, range(2))
    page = start(operator)
    assert staff.get(page).status_code == 200
    assert "Pause" not in staff.get(page).text
    for path in ("/replays", f"{page}/pause", f"{page}/resume", f"{page}/abort"):
        assert staff.submit(path).status_code == 403
    assert staff.get("/replays/nothing").status_code == 404
