"""An address that is edited after the import reaches the Commerce order, once; a refusal names the remedy."""

import pytest

from handlers import edit_address, import_order
from handlers.decision import Decision, OrderContext
from schemas.gateway_requests import Accepted, ChangeAddress, RequestRefused
from schemas.order import CommerceOrder, CommerceState, Order
from schemas.payloads import ImportRequested
from tests.builders import HOME, KEY, an_imported_order, order_context

REQUEST = ImportRequested(**KEY)
DONE = Accepted()


def _edited(order: Order, **changes: str) -> OrderContext:
    decision = edit_address.decide(order_context(order), changes or {"city": "Editville"})
    assert decision.order
    return order_context(decision.order, personal=decision.personal)


def _decided(context: OrderContext, *answers: Accepted | RequestRefused) -> Decision:
    return import_order.decide(context, REQUEST, answers)


def test_an_edit_is_sent_to_an_open_commerce_order() -> None:
    assert edit_address.decide(order_context(an_imported_order()), {"city": "Editville"}).follow_ups == (REQUEST,)
    context = _edited(an_imported_order())
    request = import_order.ask(context, REQUEST, ())
    assert isinstance(request, ChangeAddress)
    assert request.personal.shipping_address == HOME.model_copy(update={"city": "Editville"})
    assert import_order.ask(context, REQUEST, (DONE,)) is None


def test_an_address_that_commerce_has_is_not_sent_again() -> None:
    decision = _decided(_edited(an_imported_order()), DONE)
    assert decision.note == "Commerce order 000000001 has the edited address."
    assert decision.rejection is None
    assert import_order.ask(order_context(decision.order), REQUEST, ()) is None


def test_a_refusal_stands_in_the_history_and_a_second_edit_is_sent() -> None:
    context = _edited(an_imported_order(), region="NV")
    decision = _decided(context, RequestRefused("the region of the shipping address is none that Commerce knows in US"))
    assert decision.order
    assert decision.note == decision.rejection == decision.order.note
    assert decision.note == (
        "Commerce order 000000001 keeps its address: the region of the shipping address is none that Commerce knows in"
        " US. Edit it again, or change it in Commerce's admin."
    )
    second = edit_address.decide(order_context(decision.order), {"region": "CA"})
    assert second.follow_ups == (REQUEST,)


@pytest.mark.parametrize("state", [CommerceState.COMPLETE, CommerceState.CANCELED])
def test_the_edit_of_an_ended_order_says_that_commerce_keeps_its_address(state: CommerceState) -> None:
    ended = CommerceOrder(number="000000001", status=str(state), state=state)
    decision = edit_address.decide(order_context(an_imported_order(commerce_order=ended)), {"city": "Editville"})
    assert decision.note == (
        f"Shipping address edited (city). Commerce order 000000001 is {state} and keeps its address; change it in"
        " Commerce's admin."
    )
    assert decision.follow_ups == ()


def test_an_edited_address_that_is_not_kept_any_more_is_given_up() -> None:
    context = _edited(an_imported_order())._replace(personal=None)
    assert import_order.ask(context, REQUEST, ()) is None
    decision = _decided(context)
    assert decision.order
    assert not decision.order.address_outdated
    assert decision.note == "Commerce order 000000001 keeps its address: the edited one is not kept any more."
