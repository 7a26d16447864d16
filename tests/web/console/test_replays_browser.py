"""A replay in a real browser: dry run, start, live progress, and its end after the browser is closed."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Event, Thread

import pytest
from playwright.sync_api import Page, expect

from operations.replays.lookup import list_replays
from schemas.people import Role
from schemas.product import Product
from tests.harness import Pipeline, eventually
from tests.letters import block
from workers.replayer import Replayer

LETTERS = 100


@contextmanager
def working(pipeline: Pipeline) -> Iterator[None]:
    """Let a replayer and all consumers work beside the browser."""
    stop = Event()

    def work() -> None:
        with closing(Replayer(pipeline.ledger)) as replayer:
            while not stop.wait(0.05):
                replayer.turn()
                pipeline.drain()

    worker = Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()


@pytest.mark.slow
def test_a_replay_of_a_hundred_letters_is_watched_live_and_ends_without_the_browser(
    sign_in: Callable[[Role], Page], console: str, pipeline: Pipeline
) -> None:
    block(pipeline, range(LETTERS))
    pipeline.commerce.catalog.save([Product(sku="SKU-1", name="One", quantity=1000)])
    page = sign_in(Role.OPERATOR)
    page.goto(f"{console}/dead-letters")
    page.get_by_role("link", name="Dry run", exact=True).click()
    page.get_by_label("Letters a second").fill("40")
    page.get_by_label("Ramp").select_option("Full rate at once")
    page.get_by_role("button", name="Dry run at this pace").click()
    expect(page.get_by_text("Would run")).to_be_visible()
    page.get_by_label("Reason").fill("The product is in the catalog now")
    page.get_by_role("button", name=f"Replay {LETTERS} letters").click()
    expect(page.get_by_text(f"0 of {LETTERS} letters done")).to_be_visible()
    page.evaluate("document.body.dataset.same = 'page'")
    with working(pipeline):
        expect(page.locator("#progress progress")).to_have_attribute("value", re.compile("[1-9]"))
        assert page.evaluate("document.body.dataset.same") == "page"
        page.close()
        eventually(lambda: list_replays(pipeline.context, 1).rows[0].state == "finished", "the replay ends")
    (replay,) = list_replays(pipeline.context, 2).rows
    assert (replay.ok, replay.failed_again, replay.who) == (LETTERS, 0, "operator")
