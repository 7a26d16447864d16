"""The vault's keys: which are still needed, the change to a new one, and the public key for upstream systems."""

from collections.abc import Callable

from pydantic import computed_field

from ledger.key_rotation import COLUMNS, Key
from ledger.ledger import Ledger
from ledger.pages import pages
from schemas.value import Value

PAGE = 500
"""Rows that one transaction converts: it holds their locks for a few hundredths of a second."""


class VaultKey(Value):
    """One of the vault's keys, by the id that encrypted data names: whether it is given, and the data that needs it.

    The first of the given keys encrypts. `rows` counts the rows by table; a key without any may be destroyed, unless it
    is the first.
    """

    key_id: str
    given: bool
    first: bool
    rows: dict[str, int]

    @computed_field  # type: ignore[prop-decorator] # mypy knows no decorated property
    @property
    def needed(self) -> bool:
        """Whether the key must be kept."""
        return self.first or bool(self.rows)


class RewrapResult(Value):
    """How many rows were converted to the vault's first key, and how many no given key decrypts."""

    converted: int
    unreadable: int


def vault_keys(ledger: Ledger, sample: int | None = None) -> list[VaultKey]:
    """Return the given keys, the first first, and those that are not given and that data needs.

    It counts all rows, or with *sample* at most so many of each table.
    """
    key_ids = ledger.key_ids
    with ledger.read() as work:
        usage = work.key_rotation.usage(sample)
    return [
        VaultKey(key_id=key_id, given=key_id in key_ids, first=key_id == key_ids[0], rows=usage.get(key_id, {}))
        for key_id in [*key_ids, *sorted(usage.keys() - set(key_ids))]
    ]


def rewrap(ledger: Ledger, on_progress: Callable[[int], None]) -> RewrapResult:
    """Convert all data to the vault's first key; *on_progress* gets the number of rows so far.

    It may be interrupted, repeated, and run while Crossdock runs.
    """
    result = RewrapResult(converted=0, unreadable=0)
    for column in COLUMNS:
        after: Key | None = None
        while True:
            with ledger.begin() as work:
                page = work.key_rotation.rewrap(column, after, PAGE)
            if page.last is None:
                break
            after = page.last
            converted, unreadable = result.converted + page.converted, result.unreadable + page.unreadable
            result = RewrapResult(converted=converted, unreadable=unreadable)
            on_progress(converted)
    _index_names(ledger)
    ledger.overwrite_deleted()
    return result


def _index_names(ledger: Ledger) -> None:
    """Have orders found by their buyers' names with the first key, and with no other any more."""
    for page in pages(PAGE):
        with ledger.begin() as work:
            page.read(work.vault.index_names(page.after, PAGE), lambda key: key)


def public_key(ledger: Ledger) -> dict[str, str]:
    """Return the public key with which upstream systems encrypt personal data for the vault, as a JWK."""
    return ledger.public_key()
