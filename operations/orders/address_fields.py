"""A shipping address field by field: there, not there, or refused by Commerce. Never what stands in a field."""

import re
from collections.abc import Sequence
from enum import StrEnum

from schemas.blockers import Blocker, BlockerKind
from schemas.personal import EDITABLE_ADDRESS_FIELDS, Address


class FieldState(StrEnum):
    """How a field of the address is."""

    PRESENT = "present"
    MISSING = "missing"
    REFUSED = "refused"


def fields_of(address: Address | None, blockers: Sequence[Blocker]) -> dict[str, FieldState]:
    """Return the state of each field; Commerce's refusal names the fields that it is about."""
    refusals = " ".join(blocker.reason for blocker in blockers if blocker.kind is BlockerKind.ADDRESS)
    refused = set(re.findall(r"\w+", refusals))
    return {field: _state(address, field, refused) for field in EDITABLE_ADDRESS_FIELDS}


def _state(address: Address | None, field: str, refused: set[str]) -> FieldState:
    if field in refused:
        return FieldState.REFUSED
    has_value = address is not None and bool((getattr(address, field) or "").strip())
    return FieldState.PRESENT if has_value else FieldState.MISSING
