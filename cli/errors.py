"""Failures of the command line itself.

PermanentError
├── InvalidArgumentError    an argument is not UTF-8: wrong usage
└── OutputError             the answer could not be written completely
"""

from schemas.errors import PermanentError


class InvalidArgumentError(PermanentError):
    """An argument of the command line is not UTF-8."""


class OutputError(PermanentError):
    """The answer could not be written completely; a change that the command made is made all the same."""
