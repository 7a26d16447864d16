"""Kinds of failure by the person's possible reaction: for doors that answer with a status."""

from enum import Enum

from gateways.errors import CallRefusedError, UnknownProductError, UnreadableInputError
from ledger.errors import (
    AmbiguousLetterError,
    AmbiguousOrderError,
    AmbiguousReplayError,
    LetterBodyGoneError,
    OrderChangedMeanwhileError,
    UnknownLetterError,
    UnknownReplayError,
)
from operations.errors import InvalidInputError, NotFoundError, RefusedActionError, WrongFilterError
from schemas.errors import CrossdockError, RetryableError, SettingsError
from schemas.input_limits import InputLimitError


class ErrorKind(Enum):
    """The kinds, each with the person's next step."""

    UNKNOWN = "unknown"
    """There is no such thing: look for another."""
    WRONG_INPUT = "wrong_input"
    """The input is wrong: correct it."""
    CONFLICT = "conflict"
    """The thing is not as the action needs it, or somebody changed it: look at it again."""
    UNAVAILABLE = "unavailable"
    """The database or the broker is away: try again later."""
    FAULT = "fault"
    """Nobody but an operator can help."""


_KINDS: tuple[tuple[tuple[type[CrossdockError], ...], ErrorKind], ...] = (
    ((NotFoundError, UnknownLetterError, UnknownReplayError, UnknownProductError), ErrorKind.UNKNOWN),
    ((InvalidInputError, WrongFilterError, UnreadableInputError, InputLimitError), ErrorKind.WRONG_INPUT),
    ((AmbiguousOrderError, AmbiguousLetterError, AmbiguousReplayError), ErrorKind.WRONG_INPUT),
    ((RefusedActionError, OrderChangedMeanwhileError, LetterBodyGoneError, CallRefusedError), ErrorKind.CONFLICT),
    ((RetryableError, SettingsError), ErrorKind.UNAVAILABLE),
)


def kind_of(error: CrossdockError) -> ErrorKind:
    """Return the kind of an error."""
    return next((kind for types, kind in _KINDS if isinstance(error, types)), ErrorKind.FAULT)
