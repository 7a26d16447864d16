"""What can go wrong with the ledger.

CrossdockError
├── RetryableError
│   ├── LedgerUnavailableError        the database is away, or too busy to answer in time
│   ├── OrderChangedMeanwhileError    someone else wrote the same rows first; nothing of ours was written
│   └── HandledMeanwhileError         someone else handled the same message first; nothing of ours was written
├── PermanentError
│   └── LedgerError                   the database refuses what it was asked
│       ├── CipherError               sealed data cannot be opened
│       ├── AmbiguousOrderError       an Amazon order id stands in several stores
│       ├── UnknownLetterError        no dead letter bears this id
│       ├── AmbiguousLetterError      several dead letters begin with this id
│       ├── LetterBodyGoneError       the dead letter was settled long ago and its message forgotten
│       ├── UnknownReplayError        no replay bears this id
│       └── AmbiguousReplayError      several replays begin with this id
└── SettingsError
    ├── SchemaOutOfDateError          the tables are not those of this version
    └── EncryptionKeyError            an encryption key is missing, malformed, open to others, or not the database's
"""

from schemas.errors import PermanentError, RetryableError, SettingsError


class LedgerUnavailableError(RetryableError):
    """The database is away, or too busy to answer in time."""


class OrderChangedMeanwhileError(RetryableError):
    """Someone else wrote the same rows first; the transaction was rolled back."""


class HandledMeanwhileError(RetryableError):
    """Someone else handled the same message first; the transaction was rolled back."""


class LedgerError(PermanentError):
    """The database refuses what it was asked, and would again."""


class CipherError(LedgerError):
    """Sealed data cannot be opened: another key, another place, or damage."""


class AmbiguousOrderError(LedgerError):
    """An Amazon order id stands in several stores, so it takes the store to name one order."""


class UnknownLetterError(LedgerError):
    """No dead letter bears this id."""


class AmbiguousLetterError(LedgerError):
    """Several dead letters have ids that begin so."""


class LetterBodyGoneError(LedgerError):
    """The dead letter was settled long ago, and its message was forgotten with it."""


class UnknownReplayError(LedgerError):
    """No replay bears this id."""


class AmbiguousReplayError(LedgerError):
    """Several replays have ids that begin so."""


class SchemaOutOfDateError(SettingsError):
    """The tables are not those that this version works with."""


class EncryptionKeyError(SettingsError):
    """An encryption key is missing, malformed, readable by others, or not the one that the database's data has."""
