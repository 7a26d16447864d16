"""A free text repeats the buyer's data if it has a name, an email address, a phone or a line of the address in it."""

import pytest

from handlers.rules.personal_texts import repeated_field
from schemas.personal import Address, Buyer, PersonalData

PERSONAL = PersonalData(
    buyer=Buyer(name="Test Buyer", email="buyer@example.com"),
    shipping_address=Address(line1="1 Test Street", line2="7", city="Testville", country_code="US", phone="555-0142"),
)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("agreed with test buyer on the phone", "name"),
        ("see mail of BUYER@example.com", "email"),
        ("sent to 1 Test Street instead", "line1"),
        ("call 555-0142", "phone"),
        ("7 pieces to Testville, checked in Seller Central", None),
    ],
)
def test_a_text_that_repeats_personal_data_is_recognised(text: str, field: str | None) -> None:
    assert repeated_field(text, PERSONAL) == field


def test_without_personal_data_nothing_is_repeated() -> None:
    assert repeated_field("Test Buyer", None) is None
