"""Dead-letter headers as RabbitMQ 3.10 and 4.x write them, and as any publisher might."""

from typing import Any

import pytest

from events.amqp import OWN_HEADERS, crossdock_headers, dead_letter_info_of
from events.bus import DeadLetterInfo

OLD = {
    "x-death": [
        {"count": 2, "reason": "delivery_limit", "queue": "importer", "exchange": "", "routing-keys": ["importer"]},
        {"count": 1, "reason": "rejected", "queue": "importer", "exchange": "", "routing-keys": ["importer"]},
    ],
    "x-first-death-reason": "rejected",
    "x-first-death-queue": "importer",
    "x-first-death-exchange": "",
    "x-delivery-count": 20,
}
NEW = {
    "x-last-death-reason": "delivery_limit",
    "x-last-death-queue": "importer",
    "x-first-death-reason": "rejected",
    "x-first-death-queue": "order-placed",
}


@pytest.mark.parametrize(
    ("headers", "info"),
    [
        ({}, None),
        (OLD, DeadLetterInfo("delivery_limit", "importer", 2)),
        (OLD | NEW, DeadLetterInfo("delivery_limit", "importer", 2)),
        (NEW, DeadLetterInfo("delivery_limit", "importer", 1)),
        ({"x-first-death-reason": "expired", "x-first-death-queue": "q"}, DeadLetterInfo("expired", "q", 1)),
        ({"x-first-death-reason": "expired"}, DeadLetterInfo("expired", "", 1)),
        ({"x-death": []}, None),
        ({"x-death": "rejected"}, None),
        ({"x-death": [None]}, None),
        ({"x-death": [{"reason": 7, "queue": b"\xff", "count": -1}]}, None),
        ({"x-death": [{"reason": "rejected", "queue": 7, "count": "many"}]}, DeadLetterInfo("rejected", "", 1)),
    ],
)
def test_dead_letter_headers_are_parsed(headers: dict[str, Any], info: DeadLetterInfo | None) -> None:
    assert dead_letter_info_of(headers) == info


def test_dead_letter_headers_are_not_published_again() -> None:
    assert crossdock_headers(OLD | NEW | {"epoch": 1, "replay": "r/l"}) == {"epoch": 1, "replay": "r/l"}
    assert not [name for name in OWN_HEADERS if name.startswith("x-")]
