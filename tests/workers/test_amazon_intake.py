"""The intake from Amazon as a process has it: from a notification in SQS to events on the bus, by the settings."""

from dataclasses import replace
from threading import Event, Thread
from typing import Any

import pytest

from schemas.errors import SettingsError
from tests.gateways.amazon.samples import order_2026
from tests.gateways.amazon.sp_api.amazon import Amazon, the_order
from tests.gateways.http.server import serving
from tests.harness import eventually
from tests.sqs import Queue
from tests.workers.intake import a_notification, amazon_settings, backlog, connect_store
from workers.amazon_intake import amazon_loops
from workers.process.bootstrap import opened_systems
from workers.process.parts import Parts
from workers.runner import run_loops

ORDERS = [f"111-0000001-000000{number}" for number in range(5)]


def test_notifications_in_sqs_become_events_and_a_stop_ends_both_loops(parts: Parts, sqs: Any) -> None:
    connect_store(parts.ledger)
    queue, stop = Queue(sqs), Event()
    with serving() as server:
        amazon = Amazon(server)
        amazon.answers |= {order: the_order(order_2026() | {"orderId": order}) for order in ORDERS}
        settings = amazon_settings(server.url, queue.url)
        with opened_systems(settings, parts.ledger) as systems:
            loops = amazon_loops(replace(parts, settings=settings, accounts=systems.accounts))
            thread = Thread(target=run_loops, args=(loops, stop))
            thread.start()
            try:
                queue.send(*(a_notification(order) for order in ORDERS))
                eventually(lambda: parts.bus.message_count("order-placed") == len(ORDERS), "all orders are published")
                eventually(lambda: queue.left() == 0 and backlog(parts.ledger) == 0, "nothing is left")
            finally:
                stop.set()
                thread.join()


@pytest.mark.parametrize("name", ["SELLER_ID", "QUEUE_URL"])
def test_a_setting_that_is_missing_is_named(parts: Parts, name: str) -> None:
    settings = amazon_settings("http://127.0.0.1:9", **{name: ""})
    with pytest.raises(SettingsError, match=f"CROSSDOCK_AMAZON_{name} is missing"):
        amazon_loops(replace(parts, settings=settings))


@pytest.mark.parametrize("name", ["CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN"])
def test_a_credential_that_is_missing_is_named(parts: Parts, name: str) -> None:
    settings = amazon_settings("http://127.0.0.1:9", **{name: ""})
    with (
        pytest.raises(SettingsError, match=f"CROSSDOCK_AMAZON_{name} is missing"),
        opened_systems(settings, parts.ledger),
    ):
        pass
