"""Parses the values of an order report: amounts, statuses and channels, as Amazon and spreadsheets write them."""

import re
from decimal import Decimal

from gateways.errors import UnreadableInputError
from schemas.status import AmazonStatus, Channel

AMOUNT = re.compile(r"([^0-9]{0,5}?)([0-9][0-9., '\u2019\u00a0\u202f]*|(?<![A-Za-z])[.,][0-9]+)([^0-9]{0,5})")
"""A number with the currency before or after it. A currency sign that was lost in an encoding may be a "?"."""

SPACES = re.compile(r"[ '\u2019\u00a0\u202f]")
GROUPED = re.compile(r"[1-9][0-9]{0,2}(?=([.,]))(?:\1[0-9]{2,3})*\1[0-9]{3}")
"""Digits grouped by thousands; in India all groups but the last have two digits."""

STATUSES = {
    "pendingavailability": AmazonStatus.PENDING_AVAILABILITY,
    "pending": AmazonStatus.PENDING,
    "unshipped": AmazonStatus.UNSHIPPED,
    # Amazon's warehouse prepares the shipment: nothing is shipped, so nothing may be completed yet.
    "shipping": AmazonStatus.UNSHIPPED,
    "partiallyshipped": AmazonStatus.PARTIALLY_SHIPPED,
    "shipped": AmazonStatus.SHIPPED,
    "cancelled": AmazonStatus.CANCELED,
    "canceled": AmazonStatus.CANCELED,
    "unfulfillable": AmazonStatus.UNFULFILLABLE,
    "invoiceunconfirmed": AmazonStatus.INVOICE_UNCONFIRMED,
}
CHANNELS = {
    "amazon": Channel.AFN,
    "afn": Channel.AFN,
    "merchant": Channel.MFN,
    "mfn": Channel.MFN,
    "seller": Channel.MFN,
}
SHIPPING = "Shipping"
"""A status of reports only: the order is unshipped, unless the statuses of its lines are others."""

TRUTHS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}


def read_amount(text: str) -> Decimal | None:
    """Parse `648`, `? 1,106`, `INR 1,23,456.00`, `1.234,56 €`, `-5.00`, `(5.00)`; blank is None.

    Raises UnreadableInputError for anything else, and for `1.234`, which is ambiguous: thousands in Berlin, a fraction
    in New York. A single comma before three digits separates thousands, since Amazon's decimal sign is the point.
    """
    if not text.strip():
        return None
    match = AMOUNT.fullmatch(text.strip())
    if match is None:
        raise UnreadableInputError("is not an amount")
    before, digits, behind = match.groups()
    amount = Decimal(_plain(SPACES.sub("", digits)))
    minus = any(sign in before + behind for sign in "-\u2212") or ("(" in before and ")" in behind)
    return -amount if minus else amount


def _plain(digits: str) -> str:
    """Return the digits with a decimal point and nothing else."""
    whole, sign, fraction = _split(digits)
    if sign and (sign in whole or not fraction):
        raise UnreadableInputError("is not an amount")
    if whole and not whole.isdigit() and not GROUPED.fullmatch(whole):
        raise UnreadableInputError("is not an amount")
    return f"{re.sub('[.,]', '', whole) or '0'}{fraction and '.'}{fraction}"


def _split(digits: str) -> tuple[str, str, str]:
    """Return the whole part, the decimal sign and the fraction."""
    at = max(digits.rfind("."), digits.rfind(","))
    if at < 0:
        return digits, "", ""
    whole, sign, fraction = digits[:at], digits[at], digits[at + 1 :]
    if not GROUPED.fullmatch(digits):
        return whole, sign, fraction
    if sign == "." and "." not in whole:
        raise UnreadableInputError("can be read in two ways, as thousands or as a fraction")
    return digits, "", ""


def read_status(text: str) -> AmazonStatus:
    """Parse an order's status, without a carrier's addition ("Shipped - Delivered to Buyer")."""
    status = STATUSES.get(_status_name(text))
    if status is None:
        raise UnreadableInputError("is not a status that is known")
    return status


def is_shipping(text: str) -> bool:
    """Whether the status is `Shipping`, which is none of an order's statuses in the Orders API."""
    return _status_name(text) == _status_name(SHIPPING)


def _status_name(text: str) -> str:
    return re.sub(r"[\s_-]", "", text.split(" - ", maxsplit=1)[0]).casefold()


def read_channel(text: str) -> Channel:
    """Parse the fulfillment channel: Amazon (AFN) or the merchant (MFN)."""
    channel = CHANNELS.get(text.strip().casefold())
    if channel is None:
        raise UnreadableInputError("is neither Amazon (AFN) nor Merchant (MFN)")
    return channel


def read_quantity(text: str) -> int:
    """Parse a whole number; spreadsheets also write `1.0`."""
    match = re.fullmatch(r"([0-9]{1,9})(?:\.0+)?", text.strip())
    if match is None:
        raise UnreadableInputError("is not a whole number of 0 or more")
    return int(match[1])


def read_truth(text: str) -> bool | None:
    """Parse a boolean; blank is None."""
    if not text.strip():
        return None
    truth = TRUTHS.get(text.strip().casefold())
    if truth is None:
        raise UnreadableInputError("is neither true nor false")
    return truth
