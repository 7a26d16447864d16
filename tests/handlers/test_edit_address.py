"""An operator's edit of the address: it outranks Amazon's reports and requests the import again."""

import pytest
from pydantic import ValidationError

from handlers import change_status
from handlers.edit_address import decide, field_refusal
from schemas import payloads
from schemas.blockers import Blocker, BlockerKind, Remedy, RemedyKind
from schemas.order import Order
from schemas.personal import Address, PersonalData
from schemas.status import ImportState
from tests.builders import HOME, KEY, an_imported_order, an_order, changed, order_context

REMEDY = Remedy(kind=RemedyKind.LIST_ORDERS)


def _blocked(kind: BlockerKind) -> Order:
    return an_order(
        "Unshipped",
        blockers=(Blocker(kind=kind, key="key", reason="", solution="", remedy=REMEDY),),
    )


@pytest.mark.parametrize("kind", BlockerKind)
def test_an_edit_requests_the_import_of_a_blocked_order_again(kind: BlockerKind) -> None:
    decision = decide(order_context(_blocked(kind)), {"city": "Editville"})
    assert decision.order is not None
    assert decision.order.import_state is ImportState.REQUESTED
    assert decision.follow_ups == (payloads.ImportRequested(**KEY),)


def test_an_edit_changes_only_what_was_edited() -> None:
    personal = decide(order_context(an_imported_order()), {"city": "Editville"}).personal
    assert personal is not None
    assert personal.shipping_address == HOME.model_copy(update={"city": "Editville"})
    assert personal.buyer is not None


def test_the_note_names_the_fields_and_none_of_their_values() -> None:
    assert decide(order_context(an_imported_order()), {"city": "Editville", "line1": "9 Edit Road"}).note == (
        "Shipping address edited (city, line1)."
    )


@pytest.mark.parametrize("address", [HOME, Address(country_code="US")])
def test_an_operators_edit_outranks_later_reports(address: Address) -> None:
    edited = decide(order_context(an_order()), {"city": "Editville"})
    later = order_context(edited.order, personal=edited.personal)
    assert change_status.decide(later, changed("Shipped", 9_999, shipping_address=address)).personal is None


def test_the_later_of_two_edits_wins() -> None:
    first = decide(order_context(an_order()), {"city": "Editville"})
    second = decide(order_context(first.order, personal=first.personal), {"city": "Secondville"})
    assert second.personal is not None
    assert second.personal.shipping_address is not None
    assert second.personal.shipping_address.city == "Secondville"
    assert second.order is not None
    assert first.order is not None
    assert second.order.fact_stamps["shipping_address"] > first.order.fact_stamps["shipping_address"]


def test_an_invalid_edited_address_is_refused() -> None:
    nobody = order_context(an_order(), personal=PersonalData())
    with pytest.raises(ValidationError):
        decide(nobody, {"city": "Editville"})
    personal = decide(nobody, {"city": "Editville", "country_code": "US"}).personal
    assert personal is not None
    assert personal.shipping_address == Address(city="Editville", country_code="US")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"region": "Califronia"}, "region: none that Commerce knows in US; nearest of the accepted: California, "),
        (
            {"country_code": "CA", "region": "Ontarioo"},
            "region: none that Commerce knows in CA; nearest of the accepted",
        ),
        ({"country_code": "MX"}, "region: none that Commerce knows in MX"),
    ],
)
def test_an_edited_region_that_commerce_does_not_know_is_refused_with_the_nearest(
    changes: dict[str, str], refusal: str
) -> None:
    assert str(field_refusal(order_context(an_order()), changes)).startswith(refusal)


@pytest.mark.parametrize(
    "changes",
    [
        {"region": "N.Y."},
        {"country_code": "CA", "region": "Québec"},
        {"country_code": "ES", "region": "Andalucía", "postal_code": "41001"},
        {"country_code": "DE", "region": "Anywhere"},
        {"country_code": "DE", "region": ""},
        {"phone": "555-0142", "company": "Test Widgets"},
    ],
)
def test_an_edit_that_commerce_accepts_is_not_refused(changes: dict[str, str]) -> None:
    assert field_refusal(order_context(an_order()), changes) is None


@pytest.mark.parametrize("changes", [{"line1": "9 Edit Road"}, {"postal_code": "10001"}])
def test_another_field_can_be_edited_while_the_region_is_wrong(changes: dict[str, str]) -> None:
    personal = PersonalData(shipping_address=HOME.model_copy(update={"region": "Nowhere"}))
    assert field_refusal(order_context(an_order(), personal=personal), changes) is None
