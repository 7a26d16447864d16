"""Why data is not taken, in words for a person."""

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails


def describe_errors(error: ValidationError) -> str:
    """Say what is wrong and where, at most five times, without the values: they may be personal."""
    wrong = error.errors(include_input=False)
    wrong = [one for one in wrong if not _only_follows(one, wrong)]
    found = [f"{'.'.join(map(str, one['loc'])) or 'the whole'}: {_words(one)}" for one in wrong[:5]]
    more = len(wrong) - len(found)
    return "; ".join(found) + (f"; and {more} more" if more > 0 else "")


def _words(one: ErrorDetails) -> str:
    # What our own validators say, Pydantic begins so.
    return one["msg"].removeprefix("Value error, ")


def _only_follows(one: ErrorDetails, others: Sequence[ErrorDetails]) -> bool:
    """Tell whether a list seems too short only because what is in it is wrong, which is said of itself."""
    place = one["loc"]
    return one["type"] == "too_short" and any(
        len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in others
    )
