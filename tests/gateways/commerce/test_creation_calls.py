"""The calls that creating an order takes: as many as docs/connect-commerce.md says, counted by the shop."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from gateways.commerce.creation import StockMode
from schemas.gateway_requests import LookUpOrder, OrderLookup
from tests.gateways.commerce.shops import Connected, connected, number_of, order
from tests.gateways.simulator.requests import creation, line

PAGE = Path(__file__).parents[3] / "docs" / "connect-commerce.md"
LINES = line("MUG", 2), line("TEE", 1, "2")
PER_PRODUCT = ", and one for each further product"


def calls_of(shop: Connected, number: int, products: int) -> tuple[int, int]:
    """Return the calls that look one order up, and those that create it."""
    key = ("demo", f"999-0000001-{number:07}")
    skus = tuple(line.sku for line in LINES[:products])
    before = len(shop.server.targets)
    (found,) = shop.perform(LookUpOrder(key, "default", skus, (), dict.fromkeys(skus, 1)))
    assert isinstance(found, OrderLookup)
    looked_up = len(shop.server.targets)
    lines = [replace(line, identity=found.products[line.sku].identity) for line in LINES[:products]]
    number_of(*shop.perform(replace(order(creation(*lines), key=key), is_untried=found.is_untried)))
    return looked_up - before, len(shop.server.targets) - looked_up


@pytest.mark.parametrize("mode", list(StockMode))
def test_the_page_has_the_number_of_calls_that_create_an_order(mode: StockMode) -> None:
    with connected(mode) as shop:
        calls_of(shop, 1, 1)  # which reads store views and regions
        looked_up, created = calls_of(shop, 2, 1)
        looked_up_both, created_both = calls_of(shop, 3, 2)
    page = PAGE.read_text()
    row = re.search(rf"^\| `{mode}` \|(.*)\|(?P<calls>[^|]*)\|[^|]*\|$", page, re.MULTILINE)
    assert row
    assert looked_up == looked_up_both
    assert f"its products and their stock: {looked_up} calls" in page
    stated = row["calls"].strip()
    assert int(stated.partition(" ")[0]) == created
    assert stated.endswith(PER_PRODUCT) == (created_both == created + 1)
    assert stated.endswith(PER_PRODUCT) or created_both == created
