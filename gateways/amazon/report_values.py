"""The values of an order report: amounts, dates, statuses and channels, as Amazon and spreadsheets write them."""

import re
from datetime import UTC, datetime
from decimal import Decimal

from gateways.errors import UnreadableInputError
from schemas.status import AmazonStatus, Channel

AMOUNT = re.compile(r"([^0-9]{0,5}?)([0-9][0-9., '\u2019\u00a0\u202f]*|(?<![A-Za-z])[.,][0-9]+)([^0-9]{0,5})")
"""A number with the currency before or behind it. A sign that was lost in encoding may stand there as "?"."""

SPACES = re.compile(r"[ '\u2019\u00a0\u202f]")
GROUPED = re.compile(r"[1-9][0-9]{0,2}(?=([.,]))(?:\1[0-9]{2,3})*\1[0-9]{3}")
"""Thousands apart; in India all groups but the last have two digits."""

NUMERIC_DATE = re.compile(
    r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?:[ T]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?"
)

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


def read_moment(text: str) -> datetime:
    """Read ISO 8601, `4/30/22`, `04-30-22`, `30/4/2022 14:05`; without a zone it is UTC, without a time midnight.

    The month comes first, unless the first number is above 12. Raises UnreadableInputError for what is no date, or one
    that UTC puts before the year 1 or behind 9999.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = _numeric(text.strip())
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError:
        raise UnreadableInputError("is not a date") from None


def _numeric(text: str) -> datetime:
    match = NUMERIC_DATE.fullmatch(text)
    if match is None:
        raise UnreadableInputError("is not a date")
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    month, day = (second, first) if first > 12 else (first, second)
    hour, minute, seconds = (int(match[group] or 0) for group in (5, 6, 7))
    try:
        return datetime(year + (2000 if year < 100 else 0), month, day, hour, minute, seconds, tzinfo=UTC)
    except ValueError:
        raise UnreadableInputError("is not a date") from None


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
