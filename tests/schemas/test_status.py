"""Amazon's statuses: their meaning and their rank, by Amazon's model."""

import pytest

from schemas.status import AmazonStatus, Status


@pytest.mark.parametrize("status", AmazonStatus)
def test_each_status_has_a_sentence(status: AmazonStatus) -> None:
    assert status.meaning.endswith(".")


def test_an_unconfirmed_invoice_is_one_of_an_order_whose_items_were_all_shipped() -> None:
    assert "All items were shipped" in AmazonStatus.INVOICE_UNCONFIRMED.meaning
    assert AmazonStatus.PARTIALLY_SHIPPED.rank < AmazonStatus.INVOICE_UNCONFIRMED.rank < AmazonStatus.SHIPPED.rank


def test_people_are_shown_the_same_statuses_in_the_same_order() -> None:
    assert [status.value for status in Status][: len(AmazonStatus)] == [status.value for status in AmazonStatus]
