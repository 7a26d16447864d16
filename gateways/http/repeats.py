"""When a call is repeated at once: its answer was lost, or was no answer to it, and the next try may well bring one.

So an answer that the network loses, or a moment's throttling, costs the call a moment, and not the request that it is
a part of, which would begin again later from its first call. A longer one is an outage, and no matter of a call.
"""

from random import Random

from gateways.http.call import TOO_MANY, Call, Reply
from gateways.http.no_reply import NoReplyError

TRIES = 4
"""Tries of a call: where a fifth of all tries fail, one call in six hundred fails."""

MAX_REPEAT_TIME = 5.0
"""Seconds from its first try in which a call is repeated; a longer wait defers the call and frees the thread."""

FIRST_WAIT = 0.1
"""Seconds before the second try, at most; it doubles with each try."""

_JITTER = Random()
"""Of its own: the process's shared random numbers belong to the code that seeded them."""

UNAVAILABLE = frozenset({408, 425, 502, 503, 504})
"""Statuses of a server, or a proxy before it, that may answer the next try. 500 is none: it may be a fault."""


def wait_before_repeat(call: Call, result: Reply | NoReplyError, tries: int, seconds: float) -> float | None:
    """Return the seconds to wait before another try, None when the *result* is to be dealt with.

    *tries* were made within so many *seconds*. A reply's `Retry-After` is kept, if it ends within MAX_REPEAT_TIME.
    """
    if tries >= TRIES or not _may_repeat(call, result):
        return None
    asked = result.retry_after if isinstance(result, Reply) else None
    jitter = _JITTER.uniform(0.5, 1.0)
    wait = max(asked or 0.0, FIRST_WAIT * 2 ** (tries - 1) * jitter)
    return wait if seconds + wait <= MAX_REPEAT_TIME else None


def _may_repeat(call: Call, result: Reply | NoReplyError) -> bool:
    """Whether the call was not carried out, or has no second effect, and another try may bring its answer."""
    if isinstance(result, NoReplyError):
        return result.may_pass and (call.is_repeatable or not result.was_sent)
    return result.status == TOO_MANY or (result.status in UNAVAILABLE and call.is_repeatable)
