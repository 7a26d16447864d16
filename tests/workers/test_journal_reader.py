"""The journal reader: every event of Adobe's journal is taken once, from where the last page ended."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from gateways.commerce.ims import ImsKeys
from gateways.commerce.io_events.journal import IDLE, Journal
from gateways.http.error_log import NoErrorLog
from gateways.secrets import Secret
from pipeline.liveness import Liveness
from schemas.errors import RetryableError
from tests.doubles import watched
from tests.gateways.http.server import Received, Server, answer, serving
from tests.intake.test_commerce import PRODUCT, SHIPMENT, event
from workers.commerce_changes import CommerceChanges
from workers.journal_reader import JournalReader
from workers.process.parts import Parts

START = "/events/organizations/1/integrations/2/r-3"


class AdobeJournal:
    """Adobe's journal: one page a position, and the sign-in."""

    def __init__(self, server: Server) -> None:
        """Serve no page."""
        self.server = server
        self.pages: dict[str, list[dict[str, Any]]] = {}
        server.respond = self.respond

    def respond(self, received: Received, connection: Any) -> None:
        """Answer with a token, a page, nothing new, or an unknown position."""
        if received.method == "POST":
            answer(200, '{"access_token": "journal-token", "expires_in": 3600}')(received, connection)
        elif received.target.endswith("since=lost"):
            answer(400, "{}")(received, connection)
        elif events := self.pages.get(received.target):
            link = f'<{START}?since={len(events)}>; rel="next", <http://elsewhere.example.com/>; rel="next"'
            page = {"events": [{"position": str(n), "event": one} for n, one in enumerate(events)]}
            answer(200, json.dumps(page), link=link)(received, connection)
        else:
            answer(204, retry_after="7")(received, connection)


@pytest.fixture
def adobe() -> Iterator[AdobeJournal]:
    with serving() as server:
        yield AdobeJournal(server)


@pytest.fixture
def reader(adobe: AdobeJournal, parts: Parts) -> Iterator[JournalReader]:
    keys = ImsKeys(Secret("ID", "client", None), Secret("SECRET", "secret", None), "org")
    url = adobe.server.url
    with closing(Journal.open(f"{url}{START}", keys, url, NoErrorLog())) as journal:
        yield JournalReader(parts.ledger, journal, CommerceChanges(parts.ledger, parts.bus), Liveness())


def waiting(parts: Parts) -> tuple[int, int]:
    with parts.ledger.read() as work:
        return work.changed_shipments.count(), parts.bus.message_count("catalog-changed")


def test_pages_are_taken_one_after_the_other(adobe: AdobeJournal, reader: JournalReader, parts: Parts) -> None:
    adobe.pages[START] = [event(SHIPMENT, {"entity_id": 17}), event(PRODUCT, {"sku": "MUG"})]
    assert (reader.turn(), waiting(parts)) == (0.0, (1, 1))
    assert reader.turn() == 7.0
    asked = adobe.server.requests[-1]
    assert asked.target == f"{START}?since=2"
    assert (asked.headers["x-ims-org-id"], asked.headers["authorization"]) == ("org", "Bearer journal-token")
    assert waiting(parts) == (1, 1)


def test_a_page_that_was_not_taken_is_read_again(adobe: AdobeJournal, reader: JournalReader, parts: Parts) -> None:
    adobe.pages[START] = [event(PRODUCT, {"sku": "MUG"})]
    bus, watching = watched(parts.bus)
    watching.fail_next = 1
    reader._changes._bus = bus
    with pytest.raises(RetryableError):
        reader.turn()
    assert reader.turn() == 0.0
    assert waiting(parts)[1] >= 1


def test_a_position_that_adobe_no_longer_knows_begins_again(
    adobe: AdobeJournal, reader: JournalReader, parts: Parts
) -> None:
    with parts.ledger.begin() as work:
        work.cursors.move("commerce journal", f"{adobe.server.url}{START}?since=lost")
    adobe.pages[START] = [event(PRODUCT, {"sku": "MUG"})]
    assert reader.turn() == 0.0
    assert waiting(parts) == (0, 1)


def test_an_event_that_cannot_be_read_holds_up_no_other(
    adobe: AdobeJournal, reader: JournalReader, parts: Parts
) -> None:
    adobe.pages[START] = [event(SHIPMENT, {}), event(PRODUCT, {"sku": "MUG"})]
    reader.turn()
    assert waiting(parts) == (0, 1)


def test_a_journal_with_nothing_new_is_asked_again_later(adobe: AdobeJournal, reader: JournalReader) -> None:
    adobe.server.respond = lambda received, connection: (
        adobe.respond(received, connection) if received.method == "POST" else answer(204)(received, connection)
    )
    assert reader.turn() == IDLE
