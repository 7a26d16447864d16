"""Validation errors as text for people."""

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails


def describe_errors(error: ValidationError) -> str:
    """Return the location and message of at most five errors, without the values: they may be personal."""
    all_errors = error.errors(include_input=False)
    errors = [details for details in all_errors if not _is_consequence(details, all_errors)]
    shown = [f"{'.'.join(map(str, details['loc'])) or 'the whole'}: {_message(details)}" for details in errors[:5]]
    more = len(errors) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def _message(details: ErrorDetails) -> str:
    # Pydantic puts this before the messages of our own validators.
    return details["msg"].removeprefix("Value error, ")


def _is_consequence(details: ErrorDetails, errors: Sequence[ErrorDetails]) -> bool:
    """Whether a list is too short only because its elements are invalid, which errors of their own report."""
    location = details["loc"]
    return details["type"] == "too_short" and any(
        len(other["loc"]) > len(location) and other["loc"][: len(location)] == location for other in errors
    )
