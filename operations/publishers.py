"""Publishers: bind accounts to the stores and events that they may speak for, and give them tokens for HTTP."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from events.accounts import own_accounts
from events.registry import INBOUND
from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.errors import NotFoundError, RefusedActionError
from operations.people.audit import record_action
from operations.stale_forms import as_texts, refuse_if_stale
from schemas.fields import Moment
from schemas.message import UNKNOWN
from schemas.publisher import Publisher
from schemas.value import Value

TOKEN_BYTES = 32


class PublisherRow(Publisher):
    """A publisher that is bound, the number of its tokens, and when the newest of them was made."""

    tokens: int = 0
    newest_token: Moment | None = None


class PublisherToken(Value):
    """A publisher's new token, which is shown now and never again."""

    account: str
    token: str


def list_publishers(context: Context) -> list[PublisherRow]:
    """Return the publishers that are bound, by account."""
    with context.ledger.read() as work:
        publishers, counts = work.publishers.all(), work.publisher_tokens.counts()
    return [_row(publisher, *counts.get(publisher.account, (0, None))) for publisher in publishers]


def _row(publisher: Publisher, tokens: int, newest: datetime | None) -> PublisherRow:
    return PublisherRow(**publisher.model_dump(), tokens=tokens, newest_token=newest)


def set_publisher(
    context: Context,
    account: str,
    stores: Sequence[str],
    events: Sequence[str],
    *,
    actor: str,
    seen: Publisher | None = None,
) -> Publisher:
    """Bind an account to stores and events, none of either: all. Consumers follow within ten seconds.

    *seen* is the binding that the person saw: StaleFormError when it is another by now. Raises RefusedActionError for
    an event that no other system publishes, and for an account of Crossdock's own.
    """
    if account in own_accounts(context.settings.account_prefix) or account in ("", UNKNOWN):
        raise RefusedActionError(f"{account!r} is not the account of a publisher.")
    for event in events:
        if event not in INBOUND:
            raise RefusedActionError(f"No publisher is bound to {event}; publishers publish {', '.join(INBOUND)}.")
    publisher = Publisher(account=account, stores=tuple(dict.fromkeys(stores)), events=tuple(dict.fromkeys(events)))
    with context.ledger.begin() as work:
        if seen is not None:
            refuse_if_stale(_texts(seen), _texts(_bound(work, account)))
        work.publishers.save(publisher)
        details = {"stores": publisher.stores, "events": publisher.events}
        record_action(work, actor, "publisher.set", account, details=details)
    return publisher


def _bound(work: UnitOfWork, account: str) -> Publisher | None:
    return next((publisher for publisher in work.publishers.all() if publisher.account == account), None)


def _texts(publisher: Publisher | None) -> dict[str, str]:
    return as_texts(publisher.model_dump(include={"stores", "events"})) if publisher else {}


def remove_publisher(context: Context, account: str, *, actor: str) -> None:
    """Remove a publisher and its tokens; without any, every account may publish for every store.

    Raises NotFoundError.
    """
    with context.ledger.begin() as work:
        if not work.publishers.remove(account):
            raise NotFoundError(f"There is no publisher {account}.")
        work.publisher_tokens.remove(account)
        record_action(work, actor, "publisher.remove", account)


def make_token(context: Context, account: str, *, actor: str) -> PublisherToken:
    """Make a token by which a publisher is known over HTTP; earlier ones stay valid until they are revoked.

    Raises NotFoundError for an account that is not bound.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with context.ledger.begin() as work:
        if _bound(work, account) is None:
            raise NotFoundError(f"There is no publisher {account}; bind it to its stores and events first.")
        work.publisher_tokens.add(account, token)
        record_action(work, actor, "publisher.token", account)
    return PublisherToken(account=account, token=token)


def revoke_tokens(context: Context, account: str, *, actor: str) -> int:
    """Revoke all tokens of a publisher at once; return how many there were. Raises NotFoundError for none."""
    with context.ledger.begin() as work:
        revoked = work.publisher_tokens.remove(account)
        if not revoked:
            raise NotFoundError(f"The publisher {account} has no token.")
        record_action(work, actor, "publisher.revoke_tokens", account)
    return revoked
