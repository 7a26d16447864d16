"""Values for the ledger's tests, with defaults for all that a test is not about."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from schemas.blockers import Cause
from schemas.dead_letters import DeadLetterType, EarlyEvent, NewLetter, message_identity
from schemas.history import InboxEntry, InboxState
from schemas.message import Message
from schemas.order import Order, OrderKey
from schemas.status import AmazonStatus, Channel

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
STORE = "store-1"


class Clock:
    """A clock that only a test advances."""

    def __init__(self) -> None:
        """Start at noon."""
        self.now = NOON

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def pass_time(self, **amount: float) -> None:
        """Advance by `minutes`, `days`, ..."""
        self.now += timedelta(**amount)


def an_order_id(number: int) -> str:
    """Return an invented Amazon order id."""
    return f"111-0000000-{number:07d}"


def an_order(number: int = 1, **facts: object) -> Order:
    """Return a plain order, new unless a version is given."""
    plain: dict[str, object] = {
        "store_id": STORE,
        "amazon_order_id": an_order_id(number),
        "purchase_date": NOON + timedelta(minutes=number),
        "last_update_date": NOON,
        "marketplace_id": "ATVPDKIKX0DER",
        "fulfillment_channel": Channel.MFN,
        "amazon_status": AmazonStatus.PENDING,
        "version": 1,
    }
    return Order.model_validate(plain | facts)


def a_key(name: str) -> bytes:
    """Return the 16-byte key of an event."""
    return blake2b(name.encode(), digest_size=16).digest()


def a_message(identity: str = "m1", **fields: object) -> Message:
    """Return a message whose id and key are made from *identity*."""
    plain: dict[str, object] = {
        "id": identity,
        "name": "order.placed",
        "body": f'{{"id":"{identity}","text":"Zażółć"}}'.encode(),
        "order_id": an_order_id(1),
        "key": a_key(identity),
    }
    return Message(**(plain | fields))  # type: ignore[arg-type]


def handled(name: str, epoch: int = 0, state: InboxState = InboxState.DONE, *follow_ups: Message) -> InboxEntry:
    """Return an inbox row."""
    return InboxEntry(a_key(name), epoch, state, follow_ups)


def an_early_event(name: str = "e1", order: OrderKey | None = None, minutes: float = 60) -> EarlyEvent:
    """Return a deferred event of an order that is not recorded, overdue after *minutes*."""
    message = a_message(name, name="commerce.shipped")
    due_at = NOON + timedelta(minutes=minutes)
    return EarlyEvent("commerce-shipped", a_key(name), "commerce.shipped", order or an_order().key, message, due_at)


def a_letter(name: str = "m1", *causes: Cause, reason: str = "It does not fit.") -> NewLetter:
    """Return a new dead letter."""
    return NewLetter(
        identity=message_identity("importer", a_key(name)),
        letter_type=DeadLetterType.BLOCKED if causes else DeadLetterType.FAILED,
        consumer="importer",
        event="import.requested",
        reason=reason,
        message=a_message(name, name="import.requested", headers={"attempt": 2, "replay": "r/l"}),
        message_key=a_key(name),
        order=an_order().key,
        causes=causes,
    )
