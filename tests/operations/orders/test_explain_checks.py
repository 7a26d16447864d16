"""Why an order is not imported: a true sentence about its Amazon status, and at which status it is."""

import pytest

from operations.orders.explain_checks import why_not_imported
from schemas.status import Channel
from tests.builders import a_store, an_order


@pytest.mark.parametrize(
    ("status", "channel", "why"),
    [
        ("Pending", "MFN", "the payment is not authorized yet. It is imported when Amazon reports it as Unshipped."),
        ("PendingAvailability", "MFN", "A pre-order"),
        ("PendingAvailability", "AFN", "It is imported when Amazon reports it as Shipped."),
        ("InvoiceUnconfirmed", "MFN", "All items were shipped, and Amazon has no confirmation yet that the invoice"),
        ("InvoiceUnconfirmed", "AFN", "It is imported when Amazon reports it as Shipped."),
        ("Unshipped", "AFN", "no item was shipped yet. It is imported when Amazon reports it as Shipped."),
        ("Unfulfillable", "AFN", "(Multi-Channel Fulfillment) get this status."),
    ],
)
def test_each_status_has_its_reason(status: str, channel: str, why: str) -> None:
    sentence = why_not_imported(an_order(status, fulfillment_channel=Channel(channel)), a_store())
    assert why in sentence
    assert ("payment" in sentence) is (status in ("Pending", "PendingAvailability", "Unshipped"))
