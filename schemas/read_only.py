"""Read-only mode: changes of Amazon and Commerce are recorded, and not sent."""

from schemas.fields import Moment
from schemas.value import Value


class ReadOnlyMode(Value):
    """Read-only mode that is on: its start, the person or cause that switched it on, and the reason."""

    since: Moment
    who: str
    reason: str


class WithheldChange(Value):
    """A change that was recorded and not sent: its request, its order, and how often it was to be sent."""

    request: str
    store_id: str
    amazon_order_id: str
    first_at: Moment
    last_at: Moment
    times: int
