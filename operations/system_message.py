"""The system message as pages show it: word for word, with the stores to link to."""

from operations.context import Context
from operations.read_only import read_only_sentence
from operations.unknown_stores import waiting_sentence
from schemas.blockers import SHOWN_STORES, SYSTEM_MESSAGE, system_message
from schemas.value import Value


class BlockedStore(Value):
    """A store with blocked orders."""

    store_id: str
    name: str


class SystemMessage(Value):
    """The documented message while orders are blocked, and that events wait for stores that nobody has added."""

    text: str | None
    """The whole documented message, as the command line prints it."""
    sentence: str
    """Its beginning, which the names of the stores follow."""
    stores: tuple[BlockedStore, ...]
    more: int
    """Further stores, which it does not name."""
    waiting: str | None
    """The notice of events that wait for unknown stores, with the names of the stores."""
    read_only: str | None = None
    """The notice of read-only mode, with its start."""


def show_system_message(context: Context) -> SystemMessage | None:
    """Return the message, or None when no order is blocked, no event waits, and read-only mode is off."""
    with context.ledger.read() as work:
        blocked, count = work.orders.stores_with_blocked(SHOWN_STORES)
        waiting, read_only = waiting_sentence(work), read_only_sentence(work)
    if not blocked and not waiting and not read_only:
        return None
    return SystemMessage(
        text=system_message(sorted({name for _, name in blocked}), count),
        sentence=SYSTEM_MESSAGE.format(stores=""),
        stores=tuple(BlockedStore(store_id=store_id, name=name) for store_id, name in blocked),
        more=count - len(blocked),
        waiting=waiting,
        read_only=read_only,
    )
