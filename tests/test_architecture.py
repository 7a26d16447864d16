"""The registries agree: names, payloads, consumers and handlers."""

import inspect

from events.registry import ANNOUNCEMENTS, CONSUMERS, NAMES, PAYLOADS
from handlers.table import HANDLERS
from schemas import payloads
from schemas.payloads import AmazonReport, OrderPayload, Payload

ABSTRACT = {Payload, OrderPayload, AmazonReport}


def _payloads() -> set[type[Payload]]:
    found = {kind for _, kind in inspect.getmembers(payloads, inspect.isclass) if issubclass(kind, Payload)}
    return found - ABSTRACT


def test_every_payload_has_a_name_of_its_own() -> None:
    assert set(NAMES) == _payloads()
    assert len(PAYLOADS) == len(NAMES)


def test_every_payload_is_documented_by_its_own_docstring() -> None:
    assert [kind.__name__ for kind in _payloads() if not vars(kind).get("__doc__")] == []


def test_every_consumer_has_a_handler_and_every_handler_a_consumer() -> None:
    assert {PAYLOADS[name] for name in CONSUMERS.values()} == set(HANDLERS)


def test_no_two_consumers_take_the_same_event() -> None:
    assert len(set(CONSUMERS.values())) == len(CONSUMERS)


def test_every_event_without_a_consumer_is_an_announcement() -> None:
    assert {*ANNOUNCEMENTS, *CONSUMERS.values()} == set(PAYLOADS)


def test_no_event_of_crossdock_carries_personal_data() -> None:
    from_outside: set[type[Payload]] = {payloads.OrderPlaced, payloads.StatusChanged}
    personal = {
        kind.__name__ for kind in _payloads() - from_outside if {"buyer", "shipping_address"} & {*kind.model_fields}
    }
    assert personal == set()
