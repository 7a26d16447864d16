"""A JSON object of Amazon's, with members found by name in any spelling."""

from collections.abc import Mapping
from decimal import Decimal

from gateways.errors import UnreadableInputError
from schemas.money import Money

_TRUTH = {"true": True, "false": False}


class Fields:
    """One JSON object.

    Amazon's models write `SellerSKU`, `sellerSku` and `sellerSKU` in different places, and its client libraries
    change it again (`seller_sku` in Python), so names are compared without case and underscores. Null and blank text
    count as missing. Methods raise UnreadableInputError for a value of another type.
    """

    def __init__(self, document: Mapping[str, object]) -> None:
        """Take the parsed object."""
        self._members = {_plain(name): value for name, value in document.items()}

    def __contains__(self, name: str) -> bool:
        """Whether the member has a value."""
        return self.value(name) is not None

    def value(self, name: str) -> object:
        """Return the member's value as parsed, None when it is missing."""
        value = self._members.get(_plain(name))
        return None if isinstance(value, str) and not value.strip() else value

    def text(self, name: str) -> str | None:
        """Return a text without surrounding spaces; a number as its digits."""
        value = self.value(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise UnreadableInputError(f"{name} is not a text.")
        return str(value).strip()

    def whole(self, name: str) -> int | None:
        """Return a whole number, written as a number or as text."""
        value = self.value(name)
        if value is None:
            return None
        text = str(value).strip()
        if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) <= 12):
            raise UnreadableInputError(f"{name} is not a whole number of 0 or more.")
        return int(text)

    def truth(self, name: str) -> bool | None:
        """Return a boolean; Orders v0 writes some of them as text."""
        value = self.value(name)
        if value is None or isinstance(value, bool):
            return value
        truth = _TRUTH.get(str(value).strip().casefold())
        if truth is None:
            raise UnreadableInputError(f"{name} is neither true nor false.")
        return truth

    def money(self, name: str) -> Money | None:
        """Return an amount of money: `{CurrencyCode, Amount}`, the same in both versions of the Orders API.

        None also when only the currency is given.
        """
        part = self.part(name)
        amount, currency = part.value("Amount"), part.text("CurrencyCode")
        if amount is None:
            return None
        try:
            if isinstance(amount, bool) or not isinstance(amount, str | int | Decimal):
                raise ValueError
            return Money.model_validate({"currency": currency, "amount": str(amount).strip()})
        except ValueError:
            raise UnreadableInputError(f"{name} is not an amount of money with its currency.") from None

    def part(self, name: str) -> "Fields":
        """Return the object of that name, an empty one when it is missing."""
        value = self.value(name)
        if value is None:
            return Fields({})
        if not isinstance(value, dict):
            raise UnreadableInputError(f"{name} is not an object.")
        return Fields(value)

    def parts(self, name: str) -> "list[Fields]":
        """Return the objects of the list of that name, none when it is missing."""
        value = self._list(name)
        if not all(isinstance(part, dict) for part in value):
            raise UnreadableInputError(f"{name} is not a list of objects.")
        return [Fields(part) for part in value if isinstance(part, dict)]

    def words(self, name: str) -> set[str] | None:
        """Return the texts of the list of that name, None when it is missing."""
        if name not in self:
            return None
        return {str(word) for word in self._list(name)}

    def _list(self, name: str) -> list[object]:
        value = self.value(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise UnreadableInputError(f"{name} is not a list.")
        return value


def _plain(name: str) -> str:
    return name.replace("_", "").casefold()
