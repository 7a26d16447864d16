"""Publishers: bind accounts to the stores and events that they may speak for."""

from collections.abc import Sequence

from events.accounts import own_accounts
from events.registry import INBOUND
from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.errors import NotFoundError, RefusedActionError
from operations.people.audit import record_act
from operations.stale_forms import as_texts, refuse_if_stale
from schemas.message import UNKNOWN
from schemas.publisher import Publisher


def list_publishers(context: Context) -> list[Publisher]:
    """Return the publishers that are bound, by account."""
    with context.ledger.read() as work:
        return work.publishers.all()


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
        record_act(work, actor, "publisher.set", account, details=details)
    return publisher


def _bound(work: UnitOfWork, account: str) -> Publisher | None:
    return next((one for one in work.publishers.all() if one.account == account), None)


def _texts(publisher: Publisher | None) -> dict[str, str]:
    return as_texts(publisher.model_dump(include={"stores", "events"})) if publisher else {}


def remove_publisher(context: Context, account: str, *, actor: str) -> None:
    """Remove a publisher; without any, every account may publish for every store. Raises NotFoundError."""
    with context.ledger.begin() as work:
        if not work.publishers.remove(account):
            raise NotFoundError(f"There is no publisher {account}.")
        record_act(work, actor, "publisher.remove", account)
