"""Tokens by which publishers are known over HTTP; only their digests are stored."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select

from ledger.tables.publisher_tokens import publisher_tokens as table
from ledger.transaction import Transaction


class TokenCount(NamedTuple):
    """The number of a publisher's tokens, and when the newest was made."""

    tokens: int
    newest: datetime


@dataclass(frozen=True, slots=True)
class PublisherTokens:
    """Publishers' tokens, in one transaction."""

    tx: Transaction

    def add(self, account: str, token: str) -> None:
        """Store the digest of a publisher's new token; earlier ones stay valid."""
        row = {"digest": _digest(token), "account": account, "created_at": self.tx.now}
        self.tx.connection.execute(insert(table), row)

    def account_of(self, token: str) -> str | None:
        """Return the publisher that a token is of, None for an unknown one."""
        return self.tx.connection.execute(select(table.c.account).where(table.c.digest == _digest(token))).scalar()

    def remove(self, account: str) -> int:
        """Remove a publisher's tokens; return how many there were."""
        return self.tx.connection.execute(delete(table).where(table.c.account == account)).rowcount

    def counts(self) -> dict[str, TokenCount]:
        """Return the number of tokens of each publisher that has any."""
        query = select(table.c.account, func.count(), func.max(table.c.created_at)).group_by(table.c.account)
        return {account: TokenCount(count, newest) for account, count, newest in self.tx.connection.execute(query)}


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
