"""The notification receiver: every message becomes a changed order or a dead letter, and only then leaves the queue."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from gateways.amazon.notifications.sqs import NotificationQueue
from ledger.ledger import Ledger
from pipeline.liveness import Liveness
from schemas.dead_letters import LetterFilter
from schemas.errors import RetryableError
from schemas.store import Store
from tests.doubles import away
from tests.sqs import Queue
from tests.workers.intake import a_notification, a_seller, backlog, connect_store
from workers.notification_receiver import NotificationReceiver

ORDER, OTHER = "111-0000001-0000001", "111-0000002-0000002"


class Intake:
    """A queue, and the receiver that empties it."""

    def __init__(self, ledger: Ledger, queue: Queue, notifications: NotificationQueue) -> None:
        """Receive into *ledger*."""
        self.ledger, self.queue = ledger, queue
        self.changed = Event()
        self.receiver = NotificationReceiver(
            ledger, notifications, [a_seller()], Liveness(), changed={"": self.changed}
        )

    def receive(self, *bodies: str) -> None:
        """Send messages, and have them received."""
        self.queue.send(*bodies)
        while self.queue.left():
            self.receiver.turn()


@pytest.fixture(scope="module")
def both_ends(sqs: Any) -> Iterator[tuple[Queue, NotificationQueue]]:
    """One queue for all tests, each of which empties it: opening one takes boto3 a second on a busy machine."""
    queue = Queue(sqs)
    with closing(NotificationQueue(queue.url)) as notifications:
        yield queue, notifications


@pytest.fixture
def intake(ledger: Ledger, both_ends: tuple[Queue, NotificationQueue]) -> Intake:
    connect_store(ledger)
    return Intake(ledger, *both_ends)


def reasons(intake: Intake) -> list[str]:
    with intake.ledger.read() as work:
        return [letter.reason for letter in work.dead_letters.latest(LetterFilter())]


def test_notifications_of_one_order_are_one_changed_order_and_leave_the_queue(intake: Intake) -> None:
    intake.receive(*(a_notification(order) for order in (ORDER, ORDER, OTHER, ORDER)))
    assert (backlog(intake.ledger), intake.queue.left()) == (2, 0)
    assert intake.changed.is_set()
    assert reasons(intake) == []


def test_a_message_that_cannot_be_parsed_is_a_dead_letter_with_its_body_and_the_others_go_on(intake: Intake) -> None:
    intake.receive("<broken>", "<broken>", a_notification(ORDER))
    assert backlog(intake.ledger) == 1
    with intake.ledger.read() as work:
        (letter,) = work.dead_letters.latest(LetterFilter())
        messages, _ = work.dead_letters.messages([letter.id])
    assert (letter.letter_type, letter.consumer) == ("unreadable", "amazon-intake")
    assert messages[letter.id].body == b"<broken>"


def test_a_notification_for_another_seller_is_a_dead_letter(intake: Intake) -> None:
    intake.receive(a_notification(ORDER, seller="SOMEBODY-ELSE"))
    (reason,) = reasons(intake)
    assert "another seller" in reason
    assert (backlog(intake.ledger), intake.queue.left()) == (0, 0)


def test_notifications_of_other_types_and_of_marketplaces_without_store_are_left_out(intake: Intake) -> None:
    other_type = '{"NotificationType": "REPORT_PROCESSING_FINISHED"}'
    intake.receive(other_type, a_notification(ORDER, MarketplaceId="A1PA6795UKMFR9"))
    assert (backlog(intake.ledger), intake.queue.left(), reasons(intake)) == (0, 0, [])


def test_the_marketplace_chooses_the_store(intake: Intake) -> None:
    with intake.ledger.begin() as work:
        work.stores.save(Store(store_id="de", name="de", marketplace_id="A1PA6795UKMFR9"))
    intake.receive(a_notification(ORDER, MarketplaceId="A1PA6795UKMFR9"))
    with intake.ledger.begin() as work:
        changed = work.changed_orders.claim(["de"], timedelta(minutes=1))
    assert changed
    assert changed.key == ("de", ORDER)


def test_two_stores_of_one_marketplace_are_not_guessed_between(intake: Intake) -> None:
    with intake.ledger.begin() as work:
        work.stores.save(Store(store_id="us-2", name="us-2", marketplace_id="ATVPDKIKX0DER"))
    intake.receive(a_notification(ORDER))
    (reason,) = reasons(intake)
    assert "us-2" in reason
    assert backlog(intake.ledger) == 0


def test_while_the_ledger_is_away_the_messages_stay_in_the_queue(intake: Intake) -> None:
    intake.queue.send(a_notification(ORDER))
    intake.receiver._ledger = away(intake.ledger, failures=1)
    with pytest.raises(RetryableError):
        intake.receiver.turn()
    assert intake.queue.left() == 1
