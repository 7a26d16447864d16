"""Errors of the ledger.

CrossdockError
├── RetryableError
│   ├── LedgerUnavailableError        the database is unreachable, or fails for a reason that is not in the data
│   │   └── StatementRefusedError     the statement may be too large: fewer rows at once may succeed
│   ├── OrderChangedMeanwhileError    another transaction wrote the same rows first; ours was rolled back
│   └── HandledMeanwhileError         another process handled the same message first; ours was rolled back
├── PermanentError
│   └── LedgerError                   the database refuses the data of a statement
│       ├── StatementTooLargeError    a statement that PostgreSQL could not receive was not sent
│       ├── CipherError               encrypted data cannot be decrypted
│       ├── StoredDataError           a stored document is not one that this version reads
│       ├── AmbiguousOrderError       an Amazon order id exists in several stores
│       ├── UnknownLetterError        no dead letter has this id
│       ├── AmbiguousLetterError      several dead letters have this id prefix
│       ├── LetterBodyGoneError       the message of a resolved or discarded dead letter was purged
│       ├── UnknownReplayError        no replay has this id
│       └── AmbiguousReplayError      several replays have this id prefix
└── SettingsError
    ├── SchemaOutOfDateError          the tables are not those of this version
    ├── ForeignTablesError            the tables are those of another application
    └── EncryptionKeyError            an encryption key is missing, malformed, readable by others, or not the database's
"""

from schemas.errors import PermanentError, RetryableError, SettingsError


class LedgerUnavailableError(RetryableError):
    """The database is unreachable, or fails for a reason that is not in the data; its connection was given up."""


class StatementRefusedError(LedgerUnavailableError):
    """The database could not take a statement, perhaps for its size: one with fewer rows may succeed."""


class OrderChangedMeanwhileError(RetryableError):
    """Another transaction wrote the same rows first; this one was rolled back."""


class HandledMeanwhileError(RetryableError):
    """Another process handled the same message first; the transaction was rolled back."""


class LedgerError(PermanentError):
    """The database refuses the data of a statement, and would refuse it again."""


class StatementTooLargeError(LedgerError):
    """A statement has more bytes than PostgreSQL receives, and was not sent."""


class CipherError(LedgerError):
    """Encrypted data cannot be decrypted: another key, another context, or damage."""


class StoredDataError(LedgerError):
    """A stored document is not one that this version reads; the text repeats nothing of it."""


class AmbiguousOrderError(LedgerError):
    """An Amazon order id exists in several stores; the store must be given, too."""


class UnknownLetterError(LedgerError):
    """No dead letter has this id."""


class AmbiguousLetterError(LedgerError):
    """Several dead letters have this id prefix."""


class LetterBodyGoneError(LedgerError):
    """The message of a resolved or discarded dead letter was purged by retention."""


class UnknownReplayError(LedgerError):
    """No replay has this id."""


class AmbiguousReplayError(LedgerError):
    """Several replays have this id prefix."""


class SchemaOutOfDateError(SettingsError):
    """The database's tables are those of another version."""


class ForeignTablesError(SettingsError):
    """The database has tables of another application, under the names of ours."""


class EncryptionKeyError(SettingsError):
    """An encryption key is missing, malformed, readable by others, or not the key of the database's data."""
