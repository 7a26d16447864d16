"""One HTTP call and its reply."""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, NoReturn

from pydantic_core import from_json

IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE"})
"""Methods whose repetition has no further effect (RFC 9110, section 9.2.2)."""

TOO_MANY = 429
"""The status of a call beyond the rate that the other side grants; it was not carried out."""

UNREADABLE = object()
"""The data of a reply that has a body without JSON in it."""

DEEPEST = 200
"""Levels of arrays and objects in one another; an answer without as many of them needs no look at its levels."""

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""Half of a character that takes two, with or without the other half."""

MAX_DIGITS = 1_000
"""Digits of a number before or after its point. A few bytes can name one with billions, which some arithmetic writes
out."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call.

    `operation` is its name in messages, such as `create order`. `url` is absolute or begins at the client's base URL,
    and is encoded already. `body` is sent as JSON, `content` as it is. `store_id` and `order_id` say whom it is for.
    `budget` is the key in the rate budget, None if the call is in none; `spare` tokens of it are left for others.
    `answers` are statuses of refusals that answer the question, such as 404 to a look-up. `as_bytes`: the reply is a
    file, not JSON. `repeatable`: the call may be repeated at once when its answer is lost, although its method does not
    say so.
    """

    operation: str
    method: str
    url: str
    body: Any = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    store_id: str | None = None
    order_id: str | None = None
    budget: str | None = None
    spare: int = 0
    answers: frozenset[int] = frozenset()
    as_bytes: bool = False
    repeatable: bool = False

    @property
    def is_repeatable(self) -> bool:
        """Whether carrying it out twice has no further effect, or one that its caller reads from the refusal."""
        return self.repeatable or self.method in IDEMPOTENT

    @property
    def payload(self) -> bytes | None:
        """The bytes to be sent as body."""
        if self.body is None:
            return self.content
        return json.dumps(self.body, separators=(",", ":"), default=_number).encode()


@dataclass(frozen=True)
class Reply:
    """An answer: its status, its headers by lower-case name, and its body. `as_bytes` as in the call."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    as_bytes: bool = False

    @cached_property
    def data(self) -> Any:
        """The body as JSON with fractions as Decimal; None without a body, UNREADABLE if it is not JSON.

        Nor are NaN and Infinity JSON, and an object with a name twice means two things (RFC 8259, sections 4 and 6).
        """
        if not self.body:
            return None
        try:
            text = self.body.removeprefix(BOM_UTF8).decode()
            if text.count("[") + text.count("{") > DEEPEST or _HALF.search(text):
                # It refuses documents nested more than 200 levels deep, where the other would end Python's stack, and
                # halves of characters.
                from_json(text)
            return json.loads(text, parse_float=_decimal, parse_constant=_no_number, object_pairs_hook=_object)
        except ValueError:
            return UNREADABLE

    @property
    def is_readable(self) -> bool:
        """Whether the body has the type that the call expects."""
        return self.as_bytes or self.data is not UNREADABLE

    @property
    def retry_after(self) -> float | None:
        """The seconds to wait that the header `Retry-After` asks for; None without it, or if it is a date."""
        value = self.headers.get("retry-after", "")
        return float(value) if value.isascii() and value.isdigit() else None


def _number(value: object) -> float:
    """Return an amount that came in an answer as JSON has it."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} is not written as JSON")


def _decimal(number: str) -> Decimal:
    try:
        exact = Decimal(number)
    except InvalidOperation:
        raise ValueError("a number has too many digits in its exponent") from None
    if abs(exact.adjusted()) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    return exact


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return named
