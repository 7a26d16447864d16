"""The filter, the sorting and the page of a list of orders as the query of an address, so that a link can be shared."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from operations.errors import WrongFilterError
from schemas.order_filters import PAGE_SIZE, BuyerKeys, OrderFilter, OrderPager, OrderPosition, SortColumn
from schemas.status import ImportState, Status

Choice = TypeVar("Choice", bound=StrEnum)

_BUYER_KEYS = r"[0-9a-f]{16}(\.[0-9a-f]{16}){0,7}(~[0-9a-f]{16}(\.[0-9a-f]{16}){0,7}){0,9}"
_DATES = (SortColumn.PURCHASE_DATE, SortColumn.LAST_UPDATE_DATE)
_END_OF_DAY = timedelta(days=1) - timedelta(microseconds=1)
_MAX_DIGITS = 12
"""Digits of an amount before its point, as the ledger keeps them."""

_RESTART = "; start from the first page."

MAX_PAGE_SIZE = 500
"""Orders of a page in a browser or of the API; a whole list is an export."""


class ListQuery(NamedTuple):
    """The filter and the page of a list of orders."""

    wanted: OrderFilter
    pager: OrderPager


def descends_by_default(sort: SortColumn) -> bool:
    """Whether a list sorted by this column begins with the greatest: dates do, the newest first."""
    return sort in _DATES


def parse_query(parameters: Iterable[tuple[str, str]]) -> ListQuery:
    """Return the list that the parameters of an address ask for; empty and other parameters do not count.

    A date alone is that whole day in UTC. Raises WrongFilterError.
    """
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        if value.strip():
            values.setdefault(name, []).append(value.strip())
    order_filter = OrderFilter(
        store_id=_last(values, "store"),
        statuses=tuple(_choice(Status, "status", word) for word in values.get("status", ())),
        import_states=tuple(_choice(ImportState, "import state", word) for word in values.get("import_state", ())),
        purchased_from=_moment(_last(values, "from"), timedelta()),
        purchased_to=_moment(_last(values, "to"), _END_OF_DAY),
        order_id=(_last(values, "order") or "").upper() or None,
        total_min=_amount(_last(values, "total_min")),
        total_max=_amount(_last(values, "total_max")),
        asks_to_cancel=_last(values, "asks_to_cancel") in ("1", "on", "true"),
        buyer=parse_buyer_keys(_last(values, "buyer")),
    )
    check_filter(order_filter)
    return ListQuery(order_filter, _pager(values))


def format_query(query: ListQuery) -> str:
    """Return the query of the list's address: `parse_query` returns the list again. Defaults are left out."""
    order_filter, pager = query
    pairs: list[tuple[str, str | None]] = [
        ("store", order_filter.store_id),
        *(("status", status.value) for status in order_filter.statuses),
        *(("import_state", state.value) for state in order_filter.import_states),
        ("from", _moment_text(order_filter.purchased_from, timedelta())),
        ("to", _moment_text(order_filter.purchased_to, _END_OF_DAY)),
        ("order", order_filter.order_id),
        ("total_min", _amount_text(order_filter.total_min)),
        ("total_max", _amount_text(order_filter.total_max)),
        ("asks_to_cancel", "1" if order_filter.asks_to_cancel else None),
        ("buyer", format_buyer_keys(order_filter.buyer)),
        ("sort", pager.sort.value if pager.sort is not SortColumn.PURCHASE_DATE else None),
        ("desc", _descending(pager)),
        ("size", str(pager.page_size) if pager.page_size != PAGE_SIZE else None),
        ("page", str(pager.page) if pager.page > 1 else None),
        ("after", format_position(pager.sort, pager.after)),
        ("before", format_position(pager.sort, pager.before)),
    ]
    return urlencode([(name, value) for name, value in pairs if value])


def check_filter(order_filter: OrderFilter) -> None:
    """Raise WrongFilterError for a filter that no order can pass."""
    first, last = order_filter.purchased_from, order_filter.purchased_to
    if first and last and first > last:
        raise WrongFilterError("The purchase date's beginning is after its end.")
    lowest, highest = order_filter.total_min, order_filter.total_max
    if lowest is not None and highest is not None and lowest > highest:
        raise WrongFilterError(f"The lowest total, {lowest}, is above the highest, {highest}.")
    for amount in (lowest, highest):
        if amount is not None and not (amount.is_finite() and amount.adjusted() < _MAX_DIGITS):
            raise WrongFilterError(f"A total has at most {_MAX_DIGITS} digits before the point.")


def format_position(sort: SortColumn, position: OrderPosition | None) -> str | None:
    """Return a position as a token for addresses and commands; None for none."""
    if position is None:
        return None
    value, purchased, *key = position
    text = value.isoformat() if isinstance(value, datetime) else value
    document = json.dumps([sort.value, None if text is None else str(text), purchased.isoformat(), *key])
    return urlsafe_b64encode(document.encode()).decode().rstrip("=")


def parse_position(sort: SortColumn, token: str) -> OrderPosition:
    """Return the position of a token. Raises WrongFilterError for another one, and for that of another sorting."""
    try:
        column, value, purchased, store_id, order_id = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if column != sort.value:
            raise WrongFilterError(f"The page's position is that of another sorting{_RESTART}")
        return OrderPosition(_value(sort, value), _instant(purchased), str(store_id), str(order_id))
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        raise WrongFilterError(f"The page's position cannot be read{_RESTART}") from None


def format_buyer_keys(keys: BuyerKeys) -> str | None:
    """Return the keys as a parameter of an address; None without any."""
    return "~".join(".".join(words) for words in keys) or None


def parse_buyer_keys(text: str | None) -> BuyerKeys:
    """Return the keys of a parameter, () for None. Raises WrongFilterError."""
    if text is None:
        return ()
    if not re.fullmatch(_BUYER_KEYS, text):
        raise WrongFilterError("The buyer's name in the address cannot be read; search for the name again.")
    return tuple(tuple(words.split(".")) for words in text.split("~"))


def _value(sort: SortColumn, value: str | None) -> datetime | Decimal | str | None:
    if sort in _DATES:
        return _instant(str(value))
    if sort is SortColumn.TOTAL:
        return None if value is None else _finite(value)
    return str(value)


def _finite(text: str) -> Decimal:
    amount = Decimal(text)
    if not amount.is_finite() or amount.adjusted() >= _MAX_DIGITS:
        raise ValueError(text)
    return amount


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)


def _pager(values: Mapping[str, Sequence[str]]) -> OrderPager:
    sort = _choice(SortColumn, "sorting", _last(values, "sort") or SortColumn.PURCHASE_DATE.value)
    descending = _last(values, "desc") or ("1" if descends_by_default(sort) else "0")
    if descending not in ("0", "1"):
        raise WrongFilterError(f'A list is sorted with desc=1 or desc=0, not "{_short(descending)}".')
    after, before = _last(values, "after"), _last(values, "before")
    return OrderPager(
        sort=sort,
        descending=descending == "1",
        page=_number("page", _last(values, "page"), 1, 1_000_000),
        page_size=_number("page size", _last(values, "size"), PAGE_SIZE, MAX_PAGE_SIZE),
        after=parse_position(sort, after) if after else None,
        before=parse_position(sort, before) if before and not after else None,
    )


def _descending(pager: OrderPager) -> str | None:
    if pager.descending is descends_by_default(pager.sort):
        return None
    return "1" if pager.descending else "0"


def _last(values: Mapping[str, Sequence[str]], name: str) -> str | None:
    return values[name][-1] if name in values else None


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _choice(kind: type[Choice], name: str, word: str) -> Choice:
    try:
        return kind(word)
    except ValueError:
        choices = ", ".join(choice.value for choice in kind)
        raise WrongFilterError(f'There is no {name} "{_short(word)}"; there are {choices}.') from None


def _number(name: str, text: str | None, default: int, highest: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < _MAX_DIGITS and 1 <= int(text) <= highest):
        raise WrongFilterError(f'A {name} is a number from 1 to {highest:,}, not "{_short(text)}".')
    return int(text)


def _amount(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        return _finite(text) if text.isascii() and "_" not in text else _finite("")
    except (ValueError, ArithmeticError):
        raise WrongFilterError(
            f'"{_short(text)}" is not a total; write a decimal with a point, such as 11.01.'
        ) from None


def _amount_text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")


def _moment(text: str | None, from_midnight: timedelta) -> datetime | None:
    if text is None:
        return None
    try:
        instant = _instant(text)
        return instant + from_midnight if len(text) == len("2026-05-01") else instant
    except (ValueError, OverflowError):
        raise WrongFilterError(f'"{_short(text)}" is not a date; write 2026-05-01, or 2026-05-01T10:00:00Z.') from None


def _moment_text(moment: datetime | None, from_midnight: timedelta) -> str | None:
    if moment is None:
        return None
    utc: Any = moment.astimezone(UTC)
    day = utc - from_midnight
    is_day = (day.hour, day.minute, day.second, day.microsecond) == (0, 0, 0, 0)
    return str(day.date().isoformat() if is_day else utc.isoformat().replace("+00:00", "Z"))
