"""The window of unacknowledged deliveries: it narrows where bodies are large, and widens again where they are small."""

from contextlib import closing

import pytest

from events.bus import Bus
from events.cloud_event import HARD_LIMIT
from events.open_bus import open_bus
from events.rabbitmq import window as window_module
from events.rabbitmq.window import CALM_ROUNDS, SMALLEST_SHARE, ByteBudget, DeliveryWindow
from tests.events.bus_contract import SOON, eventually, message
from tests.events.declared import PLACED

MIB = 1024 * 1024


def filled(window: DeliveryWindow, body: int) -> int:
    """Deliver bodies of this size until one is refused or the window is full; return how many were admitted."""
    for unacked in range(window.size):
        if not window.admit(unacked + 1, (unacked + 1) * body):
            window.narrow(unacked)
            return unacked
    return window.size


def test_bodies_beyond_the_share_are_refused_and_narrow_the_window_to_half() -> None:
    window = DeliveryWindow(500, ByteBudget(32 * MIB))
    assert filled(window, MIB) == 32
    assert (window.size, window.is_narrow) == (16, True)
    assert filled(window, MIB) == 16
    assert not window.widen(16)


def test_one_delivery_is_admitted_whatever_its_size() -> None:
    window = DeliveryWindow(500, ByteBudget(0))
    assert window.admit(1, 100 * SMALLEST_SHARE)
    assert not window.admit(2, 101 * SMALLEST_SHARE)
    window.narrow(1)
    assert window.size == 1


def test_the_window_widens_to_the_prefetch_while_bodies_are_small() -> None:
    window = DeliveryWindow(500, ByteBudget(32 * MIB))
    filled(window, MIB)
    sizes = []
    while window.is_narrow:
        for _ in range(CALM_ROUNDS):
            filled(window, 2000)
        assert not window.widen(window.size - 1)  # others may be on their way
        assert window.widen(window.size)
        sizes.append(window.size)
    assert sizes == [32, 64, 128, 256, 500]


@pytest.mark.parametrize(("users", "share"), [(0, 32), (1, 32), (4, 8), (10, 3.2), (16, 2), (100, 2)])
def test_subscriptions_of_a_process_share_its_bytes(users: int, share: float) -> None:
    budget = ByteBudget(32 * MIB)
    for _ in range(users):
        budget.join()
    assert budget.share == int(share * MIB)
    budget.leave()
    assert budget.share >= int(share * MIB)


@pytest.mark.parametrize("size", [HARD_LIMIT // 4, HARD_LIMIT - 1, HARD_LIMIT])
def test_a_subscription_never_holds_more_bytes_than_its_share_and_loses_no_message(
    vhost_url: str, bus: Bus, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_module, "PROCESS_BYTES", 0)
    bus.publish([message(number)._replace(body=bytes(size)) for number in range(20)]).wait(SOON)
    bus.publish([message(number) for number in range(20, 40)]).wait(SOON)
    with closing(open_bus(vhost_url, "small")) as small:
        subscription = small.subscribe(PLACED, prefetch=100)
        held = 0
        acked: list[str] = []
        while len(acked) < 40:
            eventually(lambda: subscription.ready)
            deliveries = subscription.receive(100, timeout=SOON)
            while more := subscription.receive(100, timeout=0.1):
                deliveries += more
            held = max(held, sum(len(delivery.message.body) for delivery in deliveries))
            acked += [delivery.message.id for delivery in deliveries]
            assert max(delivery.delivery_count for delivery in deliveries) < 3
            subscription.ack(deliveries)
    assert held <= SMALLEST_SHARE
    assert sorted(acked) == sorted(f"m-{number}" for number in range(40))
