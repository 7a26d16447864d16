"""Errors of the gateways.

RetryableError
├── CallFailedError          a call had no known effect: its event is deferred   (outcome, code, request_id, alike)
│   └── ThrottledError       it was one call too many (429), and was not carried out
├── RateUsedUpError          a call would have to wait too long for its turn: it was not made
├── SellerFailedError        a call of one of several sellers failed: the other sellers' go on
├── SellerBusyError          the calls of one of several sellers are all under way: its next ones wait
├── NoSellerError            an order's store belongs to no seller that is connected
└── QueueUnavailableError    the queue of Amazon's notifications cannot be used now
PermanentError
├── CallRefusedError         the other side understood a call and declined it   (reply, code, sentence)
├── UnreadableInputError     a document, row or file of Amazon's cannot be parsed: report it and continue with the rest
├── IdentityRefusedError     the identity provider's answer signs nobody in
│   └── UnknownKeyError          an id token is not signed by a key that is known by now
├── SignatureError           a message is not signed by the one whom it names, or too long ago: it is not believed
└── UnknownProductError      the catalog has no product of that SKU   (sku)
"""

from gateways.http.call import Reply
from gateways.http.outcome import Outcome
from gateways.http.problem import Problem
from schemas.blockers import Remedy, RemedyKind
from schemas.errors import PermanentError, RetryableError


class CallFailedError(RetryableError):
    """A call failed: blocked, try later or broken. Whether it had an effect is unknown; every call may be repeated.

    `alike` is how many calls of the same order failed alike within the last hour, with this one.
    """

    def __init__(
        self, text: str, outcome: Outcome, problem: Problem, alike: int = 1, retry_after: float | None = None
    ) -> None:
        """State in *text* the failure and its reason."""
        super().__init__(text, retry_after)
        self.outcome = outcome
        self.code = problem.code
        self.request_id = problem.request_id
        self.alike = alike


class ThrottledError(CallFailedError):
    """The other side, which works, asks for fewer calls."""

    is_outage = False


class RateUsedUpError(RetryableError):
    """The calls that an external system grants are used up for now; nothing has failed."""

    is_outage = False


class SellerFailedError(RetryableError):
    """A call of one of several sellers failed; the calls of the others may succeed."""

    is_outage = False


class SellerBusyError(RetryableError):
    """All callers of one of several sellers are busy, and enough calls wait for one."""

    is_outage = False

    def __init__(self, seller: str) -> None:
        """Name the seller."""
        super().__init__(f"The calls to Amazon for the seller {seller} are slow: enough of them wait.")


class NoSellerError(RetryableError):
    """An order's store belongs to no seller that is connected. It is retried, for people may change that."""

    is_outage = False

    def __init__(self, store_id: str) -> None:
        """Name the store."""
        super().__init__(
            f"The store {store_id} belongs to no seller that is connected; `crossdock stores set {store_id} --seller"
            " NAME` says whose it is."
        )


class QueueUnavailableError(RetryableError):
    """The queue of Amazon's notifications cannot be reached, does not exist, or refuses the credentials."""


class CallRefusedError(PermanentError):
    """The other side refused a call: the reply has its reasons, for those who can read them."""

    def __init__(self, text: str, reply: Reply, problem: Problem) -> None:
        """State in *text* the refusal and its reason."""
        super().__init__(text)
        self.reply = reply
        self.code = problem.code
        self.sentence = problem.sentence


class UnknownProductError(PermanentError):
    """The catalog has no such product."""

    def __init__(self, sku: str) -> None:
        """Name the SKU that was not found."""
        super().__init__(f"There is no product {sku} in the catalog.", hint=Remedy(kind=RemedyKind.LIST_PRODUCTS))
        self.sku = sku


class UnreadableInputError(PermanentError):
    """A document, row or file of Amazon's is malformed or unknown. The message never repeats a personal value."""


class SignatureError(PermanentError):
    """A message's signature is missing, wrong, or too old."""


class IdentityRefusedError(PermanentError):
    """The identity provider's answer is wrong, forged, too old, or for another sign-in: it signs nobody in."""


class UnknownKeyError(IdentityRefusedError):
    """An id token is not signed by one of the keys that are known."""
