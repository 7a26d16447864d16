"""A communication error: a call to Amazon or Commerce that did not do what it should."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommunicationError:
    """One failed call, without secrets and personal data.

    `system` is `amazon` or `commerce`, `operation` the call's name, `outcome` one of gateways.http.outcome, `code` the
    other side's or a word of ours (`timeout`, `certificate`), `sentence` what happened. `request_id` is the id under
    which the other side logged the call, where it gives one.
    """

    system: str
    operation: str
    outcome: str
    code: str
    sentence: str
    store_id: str | None = None
    order_id: str | None = None
    request_id: str | None = None
