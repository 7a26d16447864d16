"""Validation errors as text for people."""

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_MODELS, _ENCRYPTED = ("Buyer", "Address", "PersonalInstructions"), "constrained-str"
"""Pydantic's names of the two forms that personal data may have; they are no part of a field's name."""


def describe_errors(error: ValidationError) -> str:
    """Return the location and message of at most five errors, without the values: they may be personal."""
    all_errors = error.errors(include_input=False)
    errors = [details for details in all_errors if not _is_consequence(details, all_errors)]
    shown = [f"{_location(details)}: {_message(details)}" for details in errors[:5]]
    more = len(errors) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def _location(details: ErrorDetails) -> str:
    return ".".join(str(part) for part in details["loc"] if part not in _MODELS) or "the whole"


def _message(details: ErrorDetails) -> str:
    if details["type"] == "model_type" and details["loc"][-1:] and details["loc"][-1] in _MODELS:
        return "Write an object, or a JWE in compact form"
    # Pydantic puts this before the messages of our own validators.
    return details["msg"].removeprefix("Value error, ")


def _is_consequence(details: ErrorDetails, errors: Sequence[ErrorDetails]) -> bool:
    """Whether a list is too short only because its elements are invalid, which errors of their own report.

    Or whether an object is not the text that it may be as well.
    """
    location = details["loc"]
    if location[-1:] == (_ENCRYPTED,):
        return True
    return details["type"] == "too_short" and any(
        len(other["loc"]) > len(location) and other["loc"][: len(location)] == location for other in errors
    )
