"""The values of an order report: amounts, statuses and channels, as Amazon and spreadsheets write them."""

import re
from decimal import Decimal

from gateways.errors import UnreadableInputError
from schemas.status import AmazonStatus, Channel

AMOUNT = re.compile(r"([^0-9]{0,5}?)([0-9][0-9., '\u2019\u00a0\u202f]*|(?<![A-Za-z])[.,][0-9]+)([^0-9]{0,5})")
"""A number with the currency before or behind it. A sign that was lost in encoding may stand there as "?"."""

SPACES = re.compile(r"[ '\u2019\u00a0\u202f]")
GROUPED = re.compile(r"[1-9][0-9]{0,2}(?=([.,]))(?:\1[0-9]{2,3})*\1[0-9]{3}")
"""Thousands apart; in India all groups but the last have two digits."""

STATUSES = {
    "pendingavailability": AmazonStatus.PENDING_AVAILABILITY,
    "pending": AmazonStatus.PENDING,
    "unshipped": AmazonStatus.UNSHIPPED,
    # Amazon's warehouse is about to ship: nothing has left, so nothing may be completed yet.
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
TRUTHS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}


def read_amount(text: str) -> Decimal | None:
    """Read `648`, `? 1,106`, `INR 1,23,456.00`, `1.234,56 €`, `-5.00`, `(5.00)`; blank is not told.

    Raises UnreadableInputError for what is no amount, and for `1.234`, which is one thing in New York and another
    in Berlin. A single comma before three digits parts thousands, as Amazon's own decimal sign is the point.
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
    """Read an order's status; what a carrier adds ("Shipped - Delivered to Buyer") is left out."""
    status = STATUSES.get(re.sub(r"[\s_-]", "", text.split(" - ", maxsplit=1)[0]).casefold())
    if status is None:
        raise UnreadableInputError("is not a status that is known")
    return status


def read_channel(text: str) -> Channel:
    """Read who ships: Amazon (AFN) or the merchant (MFN)."""
    channel = CHANNELS.get(text.strip().casefold())
    if channel is None:
        raise UnreadableInputError("is neither Amazon (AFN) nor Merchant (MFN)")
    return channel


def read_quantity(text: str) -> int:
    """Read a whole number; spreadsheets write `1.0` too."""
    match = re.fullmatch(r"([0-9]{1,9})(?:\.0+)?", text.strip())
    if match is None:
        raise UnreadableInputError("is not a whole number of 0 or more")
    return int(match[1])


def read_truth(text: str) -> bool | None:
    """Read yes or no; blank is not told."""
    if not text.strip():
        return None
    truth = TRUTHS.get(text.strip().casefold())
    if truth is None:
        raise UnreadableInputError("is neither true nor false")
    return truth
