"""Personal data is reported piece by piece: the data of one report is kept when another brings the rest."""

from itertools import permutations

import pytest

from ledger.ledger import Ledger
from schemas.payloads import AmazonReport
from schemas.personal import Buyer, PersonalData
from tests.builders import HOME, KEY, changed, placed
from tests.pipeline.test_processor import message
from workers.process.parts import Parts

BUYER = Buyer(name="Test Buyer", email="buyer@example.com")
PIECES = (changed(minutes=2, buyer=BUYER), changed(minutes=3, shipping_address=HOME))


def held(ledger: Ledger) -> PersonalData | None:
    key = (KEY["store_id"], KEY["amazon_order_id"])
    with ledger.read() as work:
        return work.vault.load([key]).get(key)


@pytest.mark.parametrize("reports", list(permutations(PIECES)))
@pytest.mark.parametrize("together", [True, False])
def test_buyer_and_address_are_kept_both(
    parts: Parts, ledger: Ledger, reports: tuple[AmazonReport, ...], together: bool
) -> None:
    parts.processor("order-placed").take([message(placed())])
    processor, sent = parts.processor("status-changed"), [message(report) for report in reports]
    for batch in [sent] if together else [[one] for one in sent]:
        processor.take(batch)
    assert held(ledger) == PersonalData(buyer=BUYER, shipping_address=HOME)
