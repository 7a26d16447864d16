"""The outbox: each message is sent when due, by one relay at a time, and resent when it was not handled."""

from datetime import timedelta

from ledger.ledger import Ledger
from schemas.history import InboxState
from schemas.message import Message
from tests.ledger.values import NOON, Clock, a_message, handled

LEASE = timedelta(seconds=30)
CONSUMERS = {"order-placed": "order.placed", "importer": "import.requested"}


def put(ledger: Ledger, *messages: Message, minutes: float | None = None) -> int:
    due_at = NOON + timedelta(minutes=minutes) if minutes is not None else None
    with ledger.begin() as work:
        return work.outbox.put(messages, due_at)


def claim(ledger: Ledger, limit: int = 10) -> list[str]:
    with ledger.begin() as work:
        return [claimed.message.id for claimed in work.outbox.claim_due(limit, LEASE)]


def send_all(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.outbox.mark_sent([claimed.outbox_id for claimed in work.outbox.claim_due(100, LEASE)])


def unhandled(ledger: Ledger, clock: Clock) -> list[int]:
    with ledger.read() as work:
        return work.unanswered.unhandled(CONSUMERS, None, clock.now, 10)


def test_a_message_is_claimed_as_it_was_put_in(ledger: Ledger) -> None:
    message = a_message(to="importer", headers={"epoch": 1, "replay": "r"})
    put(ledger, message)
    with ledger.begin() as work:
        assert [claimed.message for claimed in work.outbox.claim_due(1, LEASE)] == [message]


def test_a_body_that_is_not_text_is_claimed_to_the_byte(ledger: Ledger) -> None:
    put(ledger, a_message(body=b"\x00\xff"))
    with ledger.begin() as work:
        assert work.outbox.claim_due(1, LEASE)[0].message.body == b"\x00\xff"


def test_a_message_put_in_twice_is_one_message(ledger: Ledger) -> None:
    assert put(ledger, a_message(), a_message("m2")) == 2
    retry = a_message(headers={"attempt": 1})
    replay = a_message(to="importer", headers={"epoch": 1})
    assert put(ledger, a_message(), retry, replay, a_message(to="importer")) == 3
    assert put(ledger, retry, replay) == 0


def test_messages_are_claimed_when_due_in_due_order(ledger: Ledger, clock: Clock) -> None:
    put(ledger, a_message("later"), minutes=10)
    put(ledger, a_message("soon"), minutes=5)
    put(ledger, a_message("now 1"), a_message("now 2"))
    assert claim(ledger, limit=1) == ["now 1"]
    assert claim(ledger) == ["now 2"]
    assert claim(ledger) == []
    clock.pass_time(minutes=10)
    assert claim(ledger) == ["now 1", "now 2", "soon", "later"]


def test_the_next_due_time_is_known(ledger: Ledger) -> None:
    with ledger.read() as work:
        assert work.outbox.next_due() is None
    put(ledger, a_message(), minutes=5)
    with ledger.read() as work:
        assert work.outbox.next_due() == NOON + timedelta(minutes=5)


def test_two_relays_never_claim_the_same_message(ledger: Ledger) -> None:
    put(ledger, *(a_message(f"m{number}") for number in range(4)))
    first = claim(ledger, limit=2)
    assert sorted(first + claim(ledger)) == ["m0", "m1", "m2", "m3"]
    assert claim(ledger) == []


def test_a_claim_expires_or_is_released(ledger: Ledger, clock: Clock) -> None:
    put(ledger, a_message())
    with ledger.begin() as work:
        ids = [claimed.outbox_id for claimed in work.outbox.claim_due(1, LEASE)]
    assert claim(ledger) == []
    with ledger.begin() as work:
        work.outbox.unclaim(ids)
    assert claim(ledger) == ["m1"]
    clock.pass_time(seconds=30)
    assert claim(ledger) == ["m1"]


def test_a_sent_message_is_not_sent_again_by_itself(ledger: Ledger, clock: Clock) -> None:
    put(ledger, a_message())
    send_all(ledger)
    clock.pass_time(days=1)
    assert claim(ledger) == []
    assert put(ledger, a_message()) == 0


def test_an_unhandled_message_is_found_and_resent(ledger: Ledger, clock: Clock) -> None:
    put(ledger, a_message("handled"), a_message("unhandled"), a_message("announcement", name="order.recorded"))
    send_all(ledger)
    assert unhandled(ledger, clock) == [], "it was sent just now"
    clock.pass_time(minutes=1)
    with ledger.begin() as work:
        work.inbox.mark("order-placed", [handled("handled")])
        work.inbox.mark("importer", [handled("unhandled")])
    with ledger.begin() as work:
        ids = work.unanswered.unhandled(CONSUMERS, None, clock.now, 10)
        assert len(ids) == 1
        work.outbox.resend(ids)
    assert claim(ledger) == ["unhandled"]
    send_all(ledger)


def test_a_replay_is_handled_only_in_its_own_epoch(ledger: Ledger, clock: Clock) -> None:
    put(ledger, a_message(to="importer", headers={"epoch": 1}))
    send_all(ledger)
    clock.pass_time(minutes=1)
    with ledger.begin() as work:
        work.inbox.mark("importer", [handled("m1", 0, InboxState.FAILED)])
    assert len(unhandled(ledger, clock)) == 1
    with ledger.begin() as work:
        work.inbox.mark("importer", [handled("m1", 1)])
    assert unhandled(ledger, clock) == []


def test_a_message_whose_next_attempt_was_sent_since_is_in_flight(ledger: Ledger, clock: Clock) -> None:
    put(ledger, a_message())
    send_all(ledger)
    clock.pass_time(minutes=5)
    before = clock.now
    put(ledger, a_message(to="order-placed", headers={"attempt": 1}))
    send_all(ledger)
    with ledger.read() as work:
        assert work.unanswered.unhandled(CONSUMERS, None, before, 10) == []
        assert work.unanswered.published_before(["m1"], before) == []
        assert len(work.unanswered.published_before(["m1"], before + timedelta(minutes=1))) == 2


def test_a_message_with_a_scheduled_retry_is_not_unhandled(ledger: Ledger, clock: Clock) -> None:
    put(ledger, a_message())
    send_all(ledger)
    put(ledger, a_message(to="order-placed", headers={"attempt": 1}), minutes=10)
    clock.pass_time(minutes=5)
    assert unhandled(ledger, clock) == []
    clock.pass_time(minutes=6)
    send_all(ledger)
    clock.pass_time(minutes=1)
    assert len(unhandled(ledger, clock)) == 2


def test_a_scheduled_retry_is_sent_when_due_and_again_when_it_is_scheduled_once_more(
    ledger: Ledger, clock: Clock
) -> None:
    retry = a_message("retry", to="importer", headers={"attempt": 1})
    for _ in range(2):
        with ledger.begin() as work:
            work.outbox.schedule(retry, clock.now + timedelta(minutes=5))
        assert claim(ledger) == []
        clock.pass_time(minutes=6)
        with ledger.begin() as work:
            assert [row.message for row in work.outbox.claim_due(10, LEASE)] == [retry]
        clock.pass_time(minutes=1)
        send_all(ledger)
