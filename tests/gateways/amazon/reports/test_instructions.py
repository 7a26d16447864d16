"""The instructions in order reports: columns of the Unshipped Orders report and of sellers' exports."""

import pytest

from gateways.amazon.reports.all_orders import read_report
from schemas.payloads import OrderPlaced
from tests.gateways.amazon.reports.test_known_reports import ORDER, UNSHIPPED, US, report
from tests.gateways.amazon.samples import Json, only_read, only_skipped


def read(*rows: dict[str, str]) -> OrderPlaced:
    """Return the order of an Unshipped Orders report with these additional cells."""
    found = read_report(report(*(UNSHIPPED | row for row in rows)), "us", {}, store_marketplace=US)
    payload = only_read(found).payload
    assert isinstance(payload, OrderPlaced)
    return payload


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"earliest-ship-date": "2026-01-07T00:00:00Z"}, {"earliest_ship_date": "2026-01-07T00:00:00Z"}),
        ({"latest-delivery-date": "2026-01-14T00:00:00Z"}, {"latest_delivery_date": "2026-01-14T00:00:00Z"}),
        ({"is-ispu-order": "true", "is-global-express": "false"}, {"is_store_pick_up": True}),
        ({"is-iba": "true"}, {"is_sold_by_amazon_business": True}),
        ({"signature-confirmation-recommended": "true"}, {"is_signature_recommended": True}),
        (
            {"cod-collectible-amount": "9.00", "currency": "USD"},
            {"is_cash_on_delivery": True, "cash_to_collect": {"currency": "USD", "amount": "9.00"}},
        ),
        ({"payment-method": "COD"}, {"is_cash_on_delivery": True, "payment_methods": ["COD"]}),
        ({"payment-method": "Other", "fulfilled-by": "Easy Ship"}, {"is_easy_ship": True}),
        ({"cod-collectible-amount": "0.00", "currency": "USD"}, {}),
        (
            {"ssa-carrier": "UPS", "ssa-ship-method": "Ground"},
            {"prescribed_carrier": "UPS", "prescribed_ship_method": "Ground"},
        ),
        ({"is-exchange-order": "true", "original-order-id": ORDER}, {"exchanged_order_id": ORDER}),
        ({"address-type": "Commercial"}, {"address_type": "Commercial"}),
    ],
)
def test_instructions_of_an_order_are_read(cells: dict[str, str], expected: Json) -> None:
    instructions = read(cells).instructions
    read_facts = instructions.model_dump(mode="json", exclude_none=True, exclude={"items"}) if instructions else {}
    assert read_facts == expected


def test_instructions_of_a_line_belong_to_the_line() -> None:
    first = {"is-buyer-requested-cancellation": "true", "buyer-requested-cancel-reason": "Late.", "ioss-number": ""}
    second = {"order-item-id": "222", "is-buyer-requested-cancellation": "false"}
    second |= {"buyer-requested-cancel-reason": "", "ioss-number": "IM01"}
    instructions = read(first, second).instructions
    assert instructions is not None
    assert [item.model_dump(exclude_none=True) for item in instructions.items] == [
        {"order_item_id": "11111111111111", "buyer_cancellation": True, "buyer_cancel_reason": "Late."},
        {"order_item_id": "222", "buyer_cancellation": False, "ioss_number": "IM01"},
    ]


def test_a_line_without_id_has_its_instructions_under_the_synthetic_one() -> None:
    instructions = read({"order-item-id": "", "is-buyer-requested-cancellation": "true"}).instructions
    assert instructions is not None
    assert [item.order_item_id for item in instructions.items] == [f"{ORDER}/1"]


def test_gifts_custom_goods_and_business_data_are_personal() -> None:
    order = read(
        {
            "gift-wrap-type": "Classic",
            "gift-message-text": "For you",
            "customized-url": "https://example.com/c",
            "purchase-order-number": "PO-1",
            "buyer-company-name": "Testers",
            "cpf": "000",
            "delivery-Instructions": "Second gate",
            "is-transparency": "true",
        }
    )
    assert order.instructions is not None
    assert order.personal_instructions is not None
    assert order.instructions.items[0].model_dump(exclude_none=True, exclude={"order_item_id"}) == {
        "is_customized": True,
        "is_gift": True,
        "gift_wrap_level": "Classic",
        "transparency_codes_required": True,
    }
    assert order.personal_instructions.model_dump(exclude_none=True) == {
        "purchase_order_number": "PO-1",
        "company_name": "Testers",
        "tax_ids": ("CPF 000",),
        "address_instructions": "Second gate",
        "items": (
            {
                "order_item_id": "11111111111111",
                "gift_message": "For you",
                "customization_url": "https://example.com/c",
            },
        ),
    }


def test_promises_and_replacements_are_facts_of_the_order() -> None:
    order = read({"is-prime": "true", "is-replacement-order": "true", "original-order-id": ORDER})
    assert (order.is_prime, order.replaces_order_id) == (True, ORDER)
    assert order.latest_ship_date is not None
    assert order.latest_ship_date.isoformat() == "2026-01-09T18:50:49+00:00"


def test_a_cell_that_cannot_be_read_is_named() -> None:
    row = UNSHIPPED | {"is-prime": "perhaps"}
    skipped = only_skipped(read_report(report(row), "us", {}, store_marketplace=US))
    assert "is-prime is neither true nor false." in skipped.reason
