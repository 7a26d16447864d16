"""Publishing without the broker: the events of a file are put into the outbox, and the relay publishes them."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import BinaryIO

from operations.context import Context
from operations.errors import InvalidInputError
from operations.event_lines import read_events
from operations.outbox import put_in_outbox
from operations.people.audit import record_action
from operations.publish import AmazonFormat, PublishResult, publish_events, read_amazon_events
from operations.stores import list_stores, only_store, show_store
from schemas.value import Value


class FileFormat(Value):
    """The format of a file: events as JSON lines or, with `amazon_format`, orders of Amazon's for one store.

    `columns` (Amazon's name to the header in the file) and `encoding` are of reports only.
    """

    amazon_format: AmazonFormat | None = None
    store_id: str | None = None
    columns: Mapping[str, str] = {}
    encoding: str | None = None


def queue_events(context: Context, file: BinaryIO, file_format: FileFormat, *, actor: str) -> PublishResult:
    """Put the events of a file into the outbox, by batches; repeating the file is harmless.

    Refused lines and unknown stores are in the result, and stop no other line. Raises InvalidInputError for a wrong
    encoding, NotFoundError for an unknown store, StoreRequiredError, UnreadableInputError, InputLimitError.
    """
    stores = known_stores(context)
    if file_format.amazon_format is None:
        events = read_events(file, stores)
        result = publish_events(events, partial(put_in_outbox, context.ledger), _ignore, stores or ())
    else:
        store = show_store(context, file_format.store_id) if file_format.store_id else only_store(context)
        encoding, columns = checked_encoding(file_format.encoding), dict(file_format.columns)
        orders = read_amazon_events(file, file_format.amazon_format, store, columns, encoding)
        result = publish_events(orders, partial(put_in_outbox, context.ledger), _ignore)
    with context.ledger.begin() as work:
        details = {"orders": result.orders, "refused": result.refused_count}
        record_action(work, actor, "events.publish", f"{result.published} events", details=details)
    return result


def known_stores(context: Context) -> Collection[str] | None:
    """Return the ids of the stores that events may name; None where events may add stores."""
    return None if context.settings.stores_by_events else {store.store_id for store in list_stores(context)}


def checked_encoding(encoding: str | None) -> str | None:
    """Return the encoding. Raises InvalidInputError for one that does not exist."""
    try:
        "".encode(encoding or "utf-8")
    except (LookupError, UnicodeError):
        raise InvalidInputError(f'Unknown encoding "{encoding}"; cp932 and shift_jis are two.') from None
    return encoding


def _ignore(_published: int) -> None:
    """Report no progress: the caller waits for the result."""
