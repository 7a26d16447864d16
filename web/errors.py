"""Failures of a request before any operation.

PermanentError
├── SignInNeededError    nobody is signed in, or the token is not valid
├── ForbiddenError       the person may not do it
└── ForgedRequestError   a form came from another site, or without its token
"""

from schemas.errors import PermanentError


class SignInNeededError(PermanentError):
    """Nobody is signed in, or the session or the token has ended."""


class ForbiddenError(PermanentError):
    """The person's role, or the token's scopes, do not allow it."""


class ForgedRequestError(PermanentError):
    """A change was requested by another site, or its form lacks the session's token."""
