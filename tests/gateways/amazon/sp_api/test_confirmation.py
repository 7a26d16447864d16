"""Parcels as Amazon takes them: reference ids and carriers."""

import pytest

from gateways.amazon.sp_api.carriers import carrier_of
from gateways.amazon.sp_api.confirmation import package_reference_id


@pytest.mark.parametrize("shipment_id", ["1", "77", "12345678901234"])
def test_a_number_of_commerce_is_the_reference_id(shipment_id: str) -> None:
    assert package_reference_id(shipment_id) == shipment_id


@pytest.mark.parametrize("shipment_id", ["000000042", "SHIP-1", "٣", "0", "-5", "é", "9" * 40])
def test_any_other_id_becomes_a_positive_number_of_its_own(shipment_id: str) -> None:
    reference = package_reference_id(shipment_id)
    assert reference == package_reference_id(shipment_id)
    assert (len(reference), reference.isascii(), reference.isdigit()) == (15, True, True)
    assert reference != package_reference_id(f"{shipment_id}0")


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("usps", None, ("USPS", None)),
        ("custom", "Royal Mail", ("Royal Mail", None)),
        ("royal_mail", None, ("Royal Mail", None)),
        ("custom", "Bike courier", ("Other", "Bike courier")),
        ("bike", None, ("Other", "bike")),
    ],
)
def test_a_carrier_is_amazons_own_or_other_with_its_name(
    code: str, name: str | None, expected: tuple[str, str | None]
) -> None:
    assert carrier_of(code, name) == expected
