"""The error tree, by a caller's possible reaction.

CrossdockError
├── RetryableError     try again later: a server away, a lock, a limit   (retry_after: seconds, if the server gave it)
├── PermanentError     the same call fails again: leave it to a person
└── SettingsError      the process is configured wrongly: print what is wrong, exit with 2
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # at run time it would import pydantic, which `crossdock --help` does without
    from schemas.blockers import Remedy


class CrossdockError(Exception):
    """Any failure that Crossdock raises itself. `hint`: a person's next action, where it is one."""

    hint: "Remedy | None" = None


class RetryableError(CrossdockError):
    """A temporary failure. `retry_after` is the wait in seconds that the other side asked for, if it did.

    `is_outage`: whether it shows that the other side is unavailable, so that other work would fail there, too.
    """

    is_outage = True

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """Take the failure in a sentence and, where known, the seconds to wait."""
        super().__init__(message)
        self.retry_after = retry_after


class PermanentError(CrossdockError):
    """A failure that a retry does not resolve."""

    def __init__(self, message: str = "", *, hint: "Remedy | None" = None) -> None:
        """Take the failure in a sentence; an action of a person that helps is the *hint*, and not in the sentence."""
        super().__init__(message)
        self.hint = hint


class SettingsError(CrossdockError):
    """The process is configured wrongly: a setting is missing or wrong, or the file or server it names is unusable."""
