"""The pipeline on a served shop that is interrupted after a call, and events that may come before the next try."""

from collections.abc import Callable
from dataclasses import dataclass, field

from gateways.port import Gateways
from gateways.routing import RoutedGateways
from gateways.simulator.gateways import SimulatedGateways
from gateways.simulator.rest import fulfilment
from gateways.simulator.rest.control import drift_of
from gateways.simulator.rest.shop import Entity, RestShop, SourceItem, StockedProduct
from gateways.simulator.traffic import HttpAnswer, HttpRequest
from handlers import destroy_personal_data, discard_order, edit_address, reset_facts
from schemas.errors import RetryableError
from schemas.order import CommerceState, Discarded
from schemas.payloads import CommerceCancelRequested, CompletionRequested, ImportRequested, Payload
from schemas.store import Store
from tests.builders import HOME, KEY, START, a_store, an_item, changed, placed, shipped
from tests.gateways.commerce.shops import Connected
from tests.gateways.simulator.memory import MemoryDocumentStore
from tests.handlers.world import World

ACTS = (ImportRequested, CommerceCancelRequested, CompletionRequested)
DOWN = HttpAnswer(401, b'{"message": "The token is expired"}')
"""An answer after which a call is neither repeated at once nor known to be carried out."""

STREET = "7 Edited Street"


@dataclass
class Shop(World):
    """The pipeline with the served shop; an event that fails is kept until it is delivered again."""

    connected: Connected | None = None
    undelivered: list[Payload] = field(default_factory=list)
    calls_left: int | None = None
    goes_on: bool = False
    """Whether only the last call loses its answer; else the shop does not answer after it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        assert self.connected
        simulated = SimulatedGateways(MemoryDocumentStore(), lambda: START)
        self.gateways: Gateways = RoutedGateways(self.connected.gateway, simulated)  # type: ignore[assignment]
        answer = self.connected.server.answer

        def answer_or_interrupt(request: HttpRequest) -> HttpAnswer:
            if self.calls_left is None:
                return answer(request)
            if self.calls_left <= 0:
                return DOWN
            self.calls_left -= request.method != "GET"
            carried_out = answer(request)
            if self.calls_left:
                return carried_out
            if self.goes_on:
                self.calls_left = None
            return carried_out._replace(lost=True) if self.goes_on else DOWN

        self.connected.server.answer = answer_or_interrupt  # type: ignore[method-assign]

    def handle(self, event: Payload, meanwhile: object = ()) -> None:
        try:
            super().handle(event, meanwhile)  # type: ignore[arg-type]
        except RetryableError:
            self.undelivered.append(event)

    def deliver_again(self) -> None:
        """Deliver failed events until none fails, once the shop is there again and calls under way have ended."""
        assert self.connected
        self.calls_left = None
        for _ in range(10):
            self.connected.time[0] += 200
            self.queue, self.undelivered = [*self.queue, *self.undelivered], []
            self.drain()
            self.resend_unanswered()
            if not self.undelivered:
                return
        raise AssertionError(f"still not handled: {self.undelivered}")

    @property
    def shop(self) -> RestShop:
        assert self.connected
        return self.connected.shop


def one_mug() -> RestShop:
    """Return a shop with one mug, which the order reserves: none is left to be sold."""
    shop = RestShop(has_module=True)
    shop.add_product(StockedProduct(shop.next("product"), "SKU-1", "Mug", source=SourceItem(1)))
    return shop


def nothing(shop: Shop) -> None:
    """No event comes."""


def cancel(shop: Shop) -> None:
    """Amazon cancels the order."""
    shop.publish(changed("Canceled", 90))


def edit(shop: Shop) -> None:
    """Staff edit the address."""
    decision = edit_address.decide(shop.context(ImportRequested(**KEY)), {"line1": STREET})
    shop._write(ImportRequested(**KEY), decision)
    shop.drain()


def disable(shop: Shop) -> None:
    """Staff disable the store's import."""
    shop.store = a_store(import_orders=False)


def discard(shop: Shop) -> None:
    """Staff discard the order's import."""
    decision = discard_order.decide(shop.context(ImportRequested(**KEY)), Discarded(who="staff", at=START, why="sold"))
    shop._write(ImportRequested(**KEY), decision)
    shop.drain()


def reset(shop: Shop) -> None:
    """Staff reset the facts, and Amazon reports the order again."""
    shop._write(ImportRequested(**KEY), reset_facts.decide(shop.context(ImportRequested(**KEY)), "staff", "wrong"))
    shop.publish(changed("Unshipped", 95))


def replay(shop: Shop) -> None:
    """The request is replayed, as by a second process."""
    shop.publish(*shop.undelivered)


def cancel_without_retry(shop: Shop) -> None:
    """The request has become a dead letter, and Amazon cancels the order then."""
    shop.undelivered = []
    shop.calls_left = None
    if shop.connected:
        shop.connected.time[0] += 200
    cancel(shop)


def forget_the_buyer(shop: Shop) -> None:
    """The buyer's data is destroyed."""
    shop.personal.clear()
    shop._write(ImportRequested(**KEY), destroy_personal_data.decide(shop.order(), START))


EVENTS = (nothing, cancel, edit, disable, discard, reset, replay, cancel_without_retry, forget_the_buyer)


def create(shop: Shop) -> None:
    shop.publish(changed("Unshipped", 1, shipping_address=HOME.model_copy(update={"phone": "5550100"})))


def finish(shop: Shop) -> None:
    """Create, after the cart was placed by an earlier try that was interrupted."""
    calls, shop.calls_left = shop.calls_left, 4
    create(shop)
    shop.calls_left = calls
    shop.queue, shop.undelivered = shop.undelivered, []
    shop.drain()


def cancel_created(shop: Shop) -> None:
    calls, shop.calls_left = shop.calls_left, None
    create(shop)
    shop.calls_left = calls
    cancel(shop)


def complete(shop: Shop) -> None:
    calls, shop.calls_left = shop.calls_left, None
    create(shop)
    shop.publish(shipped())
    shop.calls_left = calls
    shop.complete_shipped()


def complete_shipped(shop: Shop) -> None:
    """Complete an order whose parcel left in the shop: a second invoice is refused in other words then."""
    calls, shop.calls_left = shop.calls_left, None
    create(shop)
    for order_id in shop.shop.orders:
        fulfilment.ship(shop.shop, None, order_id)
    shop.publish(shipped())
    shop.calls_left = calls
    shop.complete_shipped()


def interrupted(
    served: Connected, act: Callable[[Shop], None], after: int, store: Store | None = None, *, goes_on: bool = False
) -> Shop:
    """Return a pipeline whose act was interrupted after so many calls; with an empty shop but for one mug."""
    served.server.answer = type(served.server).answer.__get__(served.server)  # type: ignore[method-assign]
    served.server.shop = one_mug()
    served.gateway.creation.attempts._documents.documents.clear()  # type: ignore[attr-defined]
    shop = Shop(store=store or a_store(), connected=served)
    shop.publish(placed(items=(an_item(),)))
    shop.calls_left, shop.goes_on = after, goes_on
    act(shop)
    return shop


def check(shop: Shop, *, stock: bool = True) -> None:
    """Compare the shop's books with the ledger's order."""
    orders, order = list(shop.shop.orders.values()), shop.order()
    assert len(orders) <= 1, "doubled"
    assert not stock or drift_of(shop.shop) == {}
    known = order.commerce_order
    assert bool(orders) == (known is not None), "an order that nobody knows of, or that does not exist"
    for made in orders:
        assert known
        assert made["increment_id"] == known.number
        is_open = made["state"] not in ("canceled", "complete", "closed")
        assert is_open == (known.state is CommerceState.OPEN)
        if is_open and order.amazon_status == "Canceled":
            assert "cannot be canceled" in str(shop.rejections), "the goods of a canceled order are reserved"
        elif is_open:
            assert_is_amazons(shop, made)


def assert_is_amazons(shop: Shop, made: Entity) -> None:
    assert (made["ext_order_id"], made["state"]) == (KEY["amazon_order_id"], "processing")
    assert (made["grand_total"], made["items"][0]["ext_order_item_id"]) == (10.0, "item-1")
    personal = next(iter(shop.personal.values()), None)
    if personal and personal.shipping_address:
        billing = made["billing_address"]
        (assignment,) = made["extension_attributes"]["shipping_assignments"]
        for address in (billing, assignment["shipping"]["address"]):
            assert address["street"] == [personal.shipping_address.line1]
