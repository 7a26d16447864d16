"""Communication errors: failed calls to Amazon or Commerce."""

from datetime import datetime

from pydantic import Field

from schemas.value import Value


class CommunicationError(Value):
    """One failed call, without secrets and personal data.

    `system` is `amazon` or `commerce`, `operation` the call's name, `outcome` that of gateways.http.outcome, `code` the
    other side's or a word of ours (`timeout`, `certificate`), `sentence` the failure. `request_id` is the id under
    which the other side logged the call, where it gives one. `seller` is the seller of the call, where there are
    several.
    """

    system: str
    operation: str
    outcome: str
    code: str
    sentence: str
    seller: str | None = None
    store_id: str | None = None
    amazon_order_id: str | None = None
    request_id: str | None = None


class LoggedError(CommunicationError):
    """A communication error as the log lists it: the instant at which it was logged, and its place, to go on from."""

    position: int = Field(exclude=True)
    at: datetime


class ErrorFilter(Value):
    """The filters of a list of errors; None: any."""

    system: str | None = None
    seller: str | None = None
    store_id: str | None = None
    amazon_order_id: str | None = None
