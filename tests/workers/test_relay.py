"""The relay: due messages are published, marked when they are confirmed, and independent of one another."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from events.errors import BrokerUnavailableError
from events.open_bus import open_bus
from events.registry import CONSUMERS
from events.topology import TOPOLOGY
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from schemas.message import Message
from tests.doubles import watched
from tests.harness import SOON, VAULT_KEY, eventually
from tests.ledger.values import a_message
from tests.letters import LaterClock
from tests.servers.rabbitmq import SeparateAccounts
from workers.process.parts import Parts
from workers.relay import LEASE, Relay


def put(ledger: Ledger, messages: Sequence[Message], due_at: datetime | None = None) -> None:
    with ledger.begin() as work:
        work.outbox.put(messages, due_at)


def unsent(ledger: Ledger) -> datetime | None:
    with ledger.read() as work:
        return work.outbox.next_due()


def test_due_messages_are_sent_once_and_later_ones_are_not(parts: Parts, ledger: Ledger) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    put(ledger, [a_message("m1"), a_message("m2")])
    put(ledger, [a_message("m3")], later)
    relay = Relay(ledger, parts.bus)
    assert (relay.turn(), relay.turn()) == (2, 0)
    assert parts.bus.message_count("order-placed") == 2
    assert unsent(ledger) == later


def test_a_message_for_one_consumer_goes_to_its_queue_only(parts: Parts, ledger: Ledger) -> None:
    put(ledger, [a_message("m1", to="importer")])
    Relay(ledger, parts.bus).turn()
    assert {name: parts.bus.message_count(name) for name in CONSUMERS if parts.bus.message_count(name)} == {
        "importer": 1
    }


def test_unconfirmed_messages_are_sent_again_at_once(parts: Parts, ledger: Ledger) -> None:
    put(ledger, [a_message("m1")])
    bus, watching = watched(parts.bus)
    watching.fail_next = 1
    relay = Relay(ledger, bus)
    with pytest.raises(BrokerUnavailableError):
        relay.turn()
    assert relay.turn() == 1
    assert watching.published == [["m1"], ["m1"]]
    assert unsent(ledger) is None


def test_a_message_for_a_consumer_without_queue_does_not_block_the_others(parts: Parts, ledger: Ledger) -> None:
    put(ledger, [a_message("m1"), a_message("m2", to="nobody"), a_message("m3")])
    relay = Relay(ledger, parts.bus)
    relay.turn()
    assert relay.turn() == 0
    assert parts.bus.message_count("order-placed") >= 2
    with ledger.read() as work:
        left = work._tx.connection.exec_driver_sql("SELECT message_id FROM outbox WHERE sent_at IS NULL")
        assert left.scalars().all() == ["m2"]


def test_a_message_encrypted_with_another_key_does_not_block_the_others_and_is_sent_with_that_key(
    parts: Parts, ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'crossdock.db'}"
    elsewhere = Ledger.open(url, Cipher.of([bytes(32)]))
    put(elsewhere, [a_message("sealed")])
    elsewhere.close()
    put(ledger, [a_message("m1")])
    assert Relay(ledger, parts.bus).turn() == 1
    assert "which is not among the keys given" in capsys.readouterr().out
    assert unsent(ledger) is not None
    later = Ledger.open(url, Cipher.of([VAULT_KEY, bytes(32)]), lambda: datetime.now(UTC) + LEASE)
    assert Relay(later, parts.bus).turn() == 1
    later.close()
    assert unsent(ledger) is None


def test_messages_claimed_by_a_dead_relay_are_sent_by_another_when_the_lease_expires(
    parts: Parts, ledger: Ledger, clock: LaterClock
) -> None:
    put(ledger, [a_message("m1")])
    with ledger.begin() as work:
        assert len(work.outbox.claim_due(10, LEASE)) == 1
    relay = Relay(ledger, parts.bus)
    assert relay.turn() == 0
    clock.pass_time(seconds=LEASE.total_seconds())
    assert relay.turn() == 1


def test_messages_claimed_when_the_broker_was_lost_are_sent_again_at_once(parts: Parts, ledger: Ledger) -> None:
    put(ledger, [a_message("m1"), a_message("m2", to="nobody"), a_message("m3")])
    bus, watching = watched(parts.bus)
    watching.spare, watching.fail_next = 1, 1
    relay = Relay(ledger, bus)
    with pytest.raises(BrokerUnavailableError):
        relay.turn()
    assert relay.turn() == 3


def test_it_runs_until_it_is_stopped(parts: Parts, ledger: Ledger) -> None:
    stop = Event()
    running = Thread(target=Relay(ledger, parts.bus).run, args=(stop,), daemon=True)
    running.start()
    put(ledger, [a_message("m1")])
    eventually(lambda: unsent(ledger) is None, "the message is sent")
    stop.set()
    running.join(SOON)
    assert not running.is_alive()


def test_a_message_that_the_account_may_not_publish_holds_up_no_other(
    separate_accounts: SeparateAccounts, ledger: Ledger
) -> None:
    """RabbitMQ closes the channel over it, with all publications in flight there, and does not name the message."""
    with closing(open_bus(separate_accounts.url("topology"), "test")) as bus:
        bus.declare(TOPOLOGY)
    put(ledger, [a_message("m1"), a_message("m2")._replace(name="order.exploded"), a_message("m3")])
    with closing(open_bus(separate_accounts.url("relay"), "relay", separate_accounts.prefix)) as bus:
        Relay(ledger, bus).turn()
        assert bus.message_count("order-placed") >= 2
    with ledger.read() as work:
        assert [(event.event, event.messages) for event in work.refused.stuck()] == [("order.exploded", 1)]
