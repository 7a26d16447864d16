"""Matches that people made, page by page."""

from operations.catalog.matches import list_matches
from tests.builders import STORE_ID
from tests.harness import Pipeline


def test_matches_have_pages_and_are_of_one_store_or_all(pipeline: Pipeline) -> None:
    with pipeline.ledger.begin() as work:
        for number in range(3):
            work.matches.save(STORE_ID, f"SKU-{number}", "LAMP")
        work.matches.save("another", "SKU-9", "LAMP")
    first = list_matches(pipeline.context, STORE_ID, 2)
    assert [one.seller_sku for one in first.rows] == ["SKU-0", "SKU-1"]
    assert [one.seller_sku for one in list_matches(pipeline.context, STORE_ID, 2, first.next).rows] == ["SKU-2"]
    assert len(list_matches(pipeline.context, None, 10).rows) == 4
