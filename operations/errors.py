"""What can go wrong at an operator's desk.

PermanentError
├── UnreadableWordError    a word of the command line is no text: wrong usage
├── AnswerLostError        not all of the answer could be written
├── NotFoundError          there is no such order, page of orders, store, listing or match
└── RefusedActionError     it is there, but what was asked cannot be done with it
    ├── ReplayRefusedError     nothing is replayed, and nothing changed
    ├── ReplayBusyError        another process carries the replay out
    ├── EditRefusedError       the message is not edited, and nothing changed
    └── DiscardRefusedError    nothing is discarded
"""

from schemas.errors import PermanentError


class InvalidArgumentError(PermanentError):
    """A word of the command line is no text."""


class OutputError(PermanentError):
    """Not all of the answer could be written; what the command was to change may be changed all the same."""


class NotFoundError(PermanentError):
    """There is no such thing; the sentence says where to look."""


class RefusedActionError(PermanentError):
    """It cannot be done; the sentence says why, and repeats no personal data."""


class ReplayRefusedError(RefusedActionError):
    """Nothing is replayed, and nothing changed."""


class ReplayBusyError(RefusedActionError):
    """Another process carries the replay out; two never do."""


class EditRefusedError(RefusedActionError):
    """The message is not edited, and nothing changed."""


class DiscardRefusedError(RefusedActionError):
    """Nothing is discarded."""
