"""Amounts and words of order reports."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.amazon.reports.values import read_amount, read_channel, read_quantity, read_status, read_truth
from gateways.errors import UnreadableInputError

SIGNS = st.sampled_from(["", "$", "? ", "Rs. ", "Rs.", "INR ", "\u20ac", "\u00a3 "])


def parted(digits: str, sign: str, last: int, others: int) -> str:
    """Digits with thousands apart."""
    head, tail = digits[:-last], digits[-last:]
    groups = [tail]
    while head:
        groups.insert(0, head[-others:])
        head = head[:-others]
    return sign.join(groups)


@given(
    SIGNS,
    st.integers(0, 10**12),
    st.integers(0, 99),
    st.sampled_from([(",", 3), (",", 2), (" ", 3), ("'", 3), ("", 3)]),
)
def test_amounts_with_a_decimal_point_are_parsed_with_any_currency_sign(
    sign: str, whole: int, cents: int, grouping: tuple[str, int]
) -> None:
    text = f"{sign}{parted(str(whole), grouping[0], 3, grouping[1])}.{cents:02}"
    assert read_amount(text) == Decimal(f"{whole}.{cents:02}")
    assert read_amount(f"({text})") == -Decimal(f"{whole}.{cents:02}")


@given(st.integers(0, 10**12), st.integers(0, 99))
def test_amounts_with_a_decimal_comma_are_parsed(whole: int, cents: int) -> None:
    assert read_amount(f"{parted(str(whole), '.', 3, 3)},{cents:02} \u20ac") == Decimal(f"{whole}.{cents:02}")


@given(st.text(max_size=20))
def test_any_text_is_parsed_as_amount_or_refused(text: str) -> None:
    try:
        amount = read_amount(text)
    except UnreadableInputError:
        return
    assert amount is None or amount.is_finite()


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("? 648", "648"),
        ("? 1,106", "1106"),
        ("12,50", "12.50"),
        ("0.125", "0.125"),
        (".5", "0.5"),
        ("-3", "-3"),
        ("3.00-", "-3.00"),
    ],
)
def test_amounts_as_sellers_write_them(text: str, amount: str) -> None:
    assert str(read_amount(text)) == amount


def test_a_blank_amount_is_none() -> None:
    assert read_amount("  ") is None


@pytest.mark.parametrize(
    "text", ["1.234", "free", "1.2.3", "1,23,45", "1e5", "12/5", "5.", "NaN", "1.234,56.7", "\u0661"]
)
def test_an_invalid_or_ambiguous_amount_is_refused(text: str) -> None:
    with pytest.raises(UnreadableInputError):
        read_amount(text)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Shipped - Delivered to Buyer", "Shipped"),
        ("Shipped", "Shipped"),
        ("Cancelled", "Canceled"),
        ("canceled", "Canceled"),
        ("Pending - Waiting for Pick Up", "Pending"),
        ("Partially Shipped", "PartiallyShipped"),
        ("Shipping", "Unshipped"),
    ],
)
def test_statuses_as_reports_write_them(text: str, status: str) -> None:
    assert read_status(text) == status


def test_unknown_words_are_refused() -> None:
    for reader in (read_status, read_channel, read_quantity, read_truth):
        with pytest.raises(UnreadableInputError):
            reader("Somewhat")


@pytest.mark.parametrize("text", ["-1", "1.5", "1e3", "\u0661", "9999999999"])
def test_a_quantity_is_a_whole_number(text: str) -> None:
    assert read_quantity("2.0") == 2
    with pytest.raises(UnreadableInputError):
        read_quantity(text)


def test_channels_and_truths() -> None:
    assert [read_channel(text) for text in ("Amazon", "AFN", "Merchant", "mfn", "Seller")] == [
        "AFN",
        "AFN",
        "MFN",
        "MFN",
        "MFN",
    ]
    assert [read_truth(text) for text in ("TRUE", "false", "")] == [True, False, None]
