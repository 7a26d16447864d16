"""Resending: events that were published and never handled are published again, on all pages, and no others."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger.ledger import Ledger
from schemas.history import InboxEntry, InboxState
from tests.builders import a_report, an_order
from tests.ledger.values import a_message
from tests.pipeline.test_processor import due_messages, message
from tests.workers.test_backfill_windows import a_backfill
from tests.workers.test_jobs import MANY, NOW, SETTINGS, numbered, save
from workers import resender
from workers.process.parts import Parts
from workers.resender import COMMIT_DELAY, RESENT_UNTIL, release_claims, resend, resend_unanswered


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few rows fill several pages."""
    monkeypatch.setattr(resender, "PAGE", 10)


def test_an_outstanding_request_is_resent_once_over_all_pages(ledger: Ledger) -> None:
    save(ledger, [numbered(an_order("Unshipped"), number) for number in range(MANY)], NOW - timedelta(hours=1))
    assert [sum(resend_unanswered(ledger, SETTINGS, NOW + timedelta(minutes=5 * run))) for run in range(2)] == [MANY, 0]
    assert {one.name for one in due_messages(ledger)} == {"import.requested"}


def test_an_answer_that_may_still_come_is_not_asked_for_again(ledger: Ledger) -> None:
    save(ledger, [an_order("Unshipped").model_copy(update={"version": 1})], NOW - timedelta(minutes=1))
    assert sum(resend_unanswered(ledger, SETTINGS, NOW)) == 0


def test_a_lost_message_is_published_again_until_it_is_handled(parts: Parts, ledger: Ledger) -> None:
    messages = [a_message(f"m{number}") for number in range(MANY)]
    with ledger.begin() as work:
        work.outbox.put(messages)
        work.outbox.mark_sent([claimed.outbox_id for claimed in work.outbox.claim_due(MANY, timedelta(minutes=1))])
    later = datetime.now(UTC) + timedelta(seconds=1)
    assert sum(resend(ledger, later, later)) == MANY
    assert len(due_messages(ledger)) == MANY
    with ledger.begin() as work:
        work.inbox.mark("order-placed", [InboxEntry(one.key or b"", 0, InboxState.DONE) for one in messages])
    assert sum(resend(ledger, later, later)) == 0


def test_a_crash_of_an_embedded_process_loses_nothing_that_was_asked_for(parts: Parts, ledger: Ledger) -> None:
    """The follow-ups of a handled event die with the memory transport before anybody took them."""
    follow_ups = parts.processor("status-changed").take([message(a_report("Unshipped"))]).follow_ups
    assert "import.requested" in {message.name for message in follow_ups}
    now = datetime.now(UTC) + timedelta(seconds=1)
    assert sum(resend(ledger, now, now)) == 1
    assert [one.name for one in due_messages(ledger)] == ["import.requested"]


def test_messages_claimed_by_an_embedded_process_that_ended_are_due_for_the_next(ledger: Ledger) -> None:
    key, lease = ("demo", "999-0000001-0000001"), timedelta(hours=1)
    with ledger.begin() as work:
        work.outbox.put([a_message()])
        work.changed_orders.put({key: None})
        work.changed_shipments.put([17], timedelta(0))
        work.backfills.start(a_backfill())
    for _ in range(2):
        with ledger.begin() as work:
            assert len(work.outbox.claim_due(MANY, lease)) == 1
            assert work.changed_orders.claim([key[0]], lease)
            assert len(work.changed_shipments.claim(MANY, lease)) == 1
            assert work.order_sweeps.claim("A1", lease, lease, lease)
            assert work.backfills.claim("SELLER", lease)
        release_claims(ledger)


def test_only_what_was_published_since_the_last_run_is_compared_again(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.outbox.put([a_message()])
        work.outbox.mark_sent([claimed.outbox_id for claimed in work.outbox.claim_due(MANY, timedelta(minutes=1))])
    much_later = datetime.now(UTC) + COMMIT_DELAY + timedelta(minutes=1)
    with ledger.begin() as work:
        work.schedules.record_run(RESENT_UNTIL, much_later)
    assert sum(resend(ledger, much_later, much_later)) == 0


def test_a_run_that_did_not_finish_is_repeated(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.outbox.put([a_message(f"m{number}") for number in range(MANY)])
        work.outbox.mark_sent([claimed.outbox_id for claimed in work.outbox.claim_due(MANY, timedelta(minutes=1))])
    later = datetime.now(UTC) + timedelta(days=1)
    next(count for count in resend(ledger, later, later) if count)  # the first page, and no more
    assert sum(resend(ledger, later, later)) == MANY - 10
