"""Free texts of operators: kept for ever, so they must not repeat the vault's data of the order's buyer."""

from collections.abc import Iterator

from schemas.personal import PersonalData

_SHORTEST = 5
"""Characters of a value that is looked for: a shorter one, such as a house number, is in many texts by chance."""


def repeated_field(text: str, personal: PersonalData | None) -> str | None:
    """Return the name of a field of the personal data that a text repeats, None if it repeats none that is known."""
    lowered = text.casefold()
    fields = _fields(personal) if personal else ()
    return next((name for name, value in fields if len(value) >= _SHORTEST and value.casefold() in lowered), None)


def _fields(personal: PersonalData) -> Iterator[tuple[str, str]]:
    """Yield the fields that identify a person; not the place, which many share."""
    buyer, address = personal.buyer, personal.shipping_address
    if buyer:
        yield from (("name", buyer.name or ""), ("email", buyer.email or ""))
    if address:
        yield from (("name", address.name or ""), ("phone", address.phone or ""))
        yield from ((name, getattr(address, name) or "") for name in ("line1", "line2", "line3"))
