"""The outcome of a call, one of five, by the caller's possible reaction."""

from enum import StrEnum

from gateways.http.call import Reply


class Outcome(StrEnum):
    """The outcome of one call.

    `done`: carried out. `refused`: understood and declined; the same call is declined again. `blocked`: the access is
    wrong, until a person changes it: credentials, rights, a certificate. `try_later`: unavailable, too slow, or too
    many calls. `broken`: the answer is none that the system gives, such as a page of HTML, or half of an answer.
    """

    DONE = "done"
    REFUSED = "refused"
    BLOCKED = "blocked"
    TRY_LATER = "try_later"
    BROKEN = "broken"


TRY_LATER_STATUSES = frozenset({408, 425, 429})
"""With these a server asks for another try, as it does with all from 500."""


def outcome_of(reply: Reply) -> Outcome:
    """Return the outcome that HTTP itself gives a reply; systems that mean something else by a status say so first.

    A refusal without JSON is broken: the page comes from a proxy or from another site, and says nothing about the call.
    """
    status = reply.status
    if status in (401, 403):
        return Outcome.BLOCKED
    if status >= 500 or status in TRY_LATER_STATUSES:
        return Outcome.TRY_LATER
    if status < 200 or 300 <= status < 400 or not reply.is_readable:
        return Outcome.BROKEN
    return Outcome.DONE if status < 300 else Outcome.REFUSED
