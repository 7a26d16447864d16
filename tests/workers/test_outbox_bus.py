"""Events of an embedded intake are in the outbox once they are confirmed, so that a crash does not lose them."""

from events.open_bus import open_bus
from events.topology import TOPOLOGY
from ledger.ledger import Ledger
from tests.ledger.values import a_message
from tests.pipeline.test_processor import due_messages
from workers.outbox_bus import OutboxBus


def test_a_confirmed_publication_outlives_the_broker(ledger: Ledger) -> None:
    bus = OutboxBus(open_bus("memory://", "test"), ledger)
    bus.declare(TOPOLOGY)
    confirmation = bus.publish([a_message("m1"), a_message("m2")])
    confirmation.wait(0.0)
    assert confirmation.done
    assert bus.message_count("order-placed") == 0
    bus.close()
    assert len(due_messages(ledger)) == 2


def test_nothing_to_publish_is_confirmed_at_once(ledger: Ledger) -> None:
    called: list[bool] = []
    OutboxBus(open_bus("memory://", "test"), ledger).publish([]).add_done_callback(lambda: called.append(True))
    assert called == [True]
    assert due_messages(ledger) == []
