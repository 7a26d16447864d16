"""Failures of operations.

PermanentError
├── NotFoundError          there is no such order, page of orders, store, listing or match
├── WrongFilterError       a filter, a sorting or a page of a list is wrong
└── RefusedActionError     it exists, but the action cannot be done with it
    ├── StoreRequiredError     one of several stores, or of none, has to be named   (count)
    ├── ReplayRefusedError     nothing is replayed, and nothing changed
    ├── ReplayBusyError        another process carries the replay out
    ├── EditRefusedError       the message is not edited, and nothing changed
    ├── DiscardRefusedError    nothing is discarded
    ├── StaleFormError         somebody changed it since the person looked (stale_forms)   (fields)
    └── InvalidInputError      a person's input is wrong
"""

from schemas.errors import PermanentError


class NotFoundError(PermanentError):
    """There is no such thing; the hint, if any, is where to look."""


class WrongFilterError(PermanentError):
    """A list is asked for by a wrong filter, sorting or page; the sentence names the expected one."""


class RefusedActionError(PermanentError):
    """The action cannot be done; the sentence gives the reason and repeats no personal data."""


class StoreRequiredError(RefusedActionError):
    """The store has to be named, because there is not exactly one."""

    def __init__(self, count: int) -> None:
        """Keep *count*, the number of stores."""
        super().__init__(f"There are {count} stores; name the one whose orders the file has.")
        self.count = count


class ReplayRefusedError(RefusedActionError):
    """Nothing is replayed, and nothing changed."""


class ReplayBusyError(RefusedActionError):
    """Another process carries the replay out; two never do."""


class EditRefusedError(RefusedActionError):
    """The message is not edited, and nothing changed."""


class DiscardRefusedError(RefusedActionError):
    """Nothing is discarded."""


class InvalidInputError(RefusedActionError):
    """A person's input is wrong; the sentence names the field."""
