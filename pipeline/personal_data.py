"""Personal data of reports before their handlers: encrypted by upstream, or of an order whose data was destroyed."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from events.envelope import Event
from handlers.rules.personal_data import without_person
from ledger.errors import CipherError
from ledger.unit_of_work import UnitOfWork
from schemas.order import Order, OrderKey
from schemas.payloads import AmazonReport
from schemas.personal import ENCRYPTED_FIELDS
from schemas.validation_text import describe_errors

Reasons = dict[bytes, str]
"""Why events are not to be handled, by their keys."""


def prepare(
    work: UnitOfWork, events: Sequence[Event], orders: Mapping[OrderKey, Order]
) -> tuple[Sequence[Event], Reasons]:
    """Return events with decrypted personal data, and without it where their order's data was destroyed."""
    destroyed = {key for key, order in orders.items() if order.personal_data_destroyed_at}
    reasons: Reasons = {}
    if not destroyed and not any(map(_is_encrypted, events)):
        return events, reasons
    return [_prepared(work, event, destroyed, reasons) for event in events], reasons


def _is_encrypted(event: Event) -> bool:
    report = event.payload
    return isinstance(report, AmazonReport) and any(isinstance(vars(report)[name], str) for name in ENCRYPTED_FIELDS)


def _prepared(work: UnitOfWork, event: Event, destroyed: set[OrderKey], reasons: Reasons) -> Event:
    report = event.payload
    if not isinstance(report, AmazonReport):
        return event
    if event.order in destroyed:
        return event._replace(payload=without_person(report))
    if not _is_encrypted(event):
        return event
    try:
        return event._replace(payload=report.model_copy(update=_decrypted(work, report)))
    except _UnreadableError as error:
        reasons[event.key] = str(error)
        return event


class _UnreadableError(Exception):
    """A field that cannot be decrypted, or has another form than its model."""


def _decrypted(work: UnitOfWork, report: AmazonReport) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, model in ENCRYPTED_FIELDS.items():
        value = vars(report)[name]
        if isinstance(value, str):
            try:
                fields[name] = model.model_validate_json(work.decrypt_upstream(value))
            except CipherError as error:
                raise _UnreadableError(f"The encrypted {name} is wrong: {error}.") from None
            except ValidationError as error:
                raise _UnreadableError(f"The encrypted {name} is wrong: {describe_errors(error)}.") from None
    return fields
