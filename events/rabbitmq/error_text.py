"""Error texts for pika's exceptions, none of which leaves this folder."""

import re

from pika import exceptions

ACCESS_REFUSED = 403
NOT_FOUND = 404
"""Reply codes of AMQP."""

CREDENTIALS_REFUSED = "it refuses this user and password"
NO_ACCESS = "the virtual host does not exist or this user has no access to it"
CLOSED_EARLY = (
    "it closed the connection before it spoke AMQP; if that lasts, check the port, whether it is one for amqp:// or"
    " amqps://, and whether it requires a client certificate"
)
"""For pika an incompatible protocol. A broker that is shutting down does the same."""

TEXTS: dict[type[BaseException], str] = {
    exceptions.AuthenticationError: CREDENTIALS_REFUSED,
    exceptions.ProbableAuthenticationError: CREDENTIALS_REFUSED,
    exceptions.ProbableAccessDeniedError: NO_ACCESS,
    exceptions.IncompatibleProtocolError: CLOSED_EARLY,
    exceptions.ProtocolVersionMismatch: "it does not speak AMQP 0-9-1",
    exceptions.AMQPHeartbeatTimeout: "it did not answer for too long",
    exceptions.ConnectionBlockedTimeout: "it blocked publishers for too long (a memory or disk alarm)",
    exceptions.ConnectionOpenAborted: "the connection attempt was aborted",
    exceptions.ConnectionClosedByClient: "the connection was closed by Crossdock",
    exceptions.StreamLostError: "the connection was cut",
}


def describe_error(error: BaseException) -> str:
    """Return the problem as the second half of a sentence, without names of pika's classes."""
    if (words := _of_broker(error)) and "limit" in words:
        return f"it answered: {words}"
    if isinstance(error, exceptions.ConnectionClosed | exceptions.ChannelClosed):
        return TEXTS.get(type(error)) or f"it answered {error.reply_code}: {error.reply_text}"
    for kind, text in TEXTS.items():
        if isinstance(error, kind):
            return text
    inner = _inner(error)
    if inner is not None:
        return describe_error(inner)
    return str(error) if isinstance(error, OSError | ValueError) and str(error) else "the connection failed"


def describe_refusal(queue: str, reason: exceptions.ChannelClosed) -> str:
    """Return the reason for which the broker lets nobody consume a queue, and the remedy, in a sentence."""
    if reason.reply_code == ACCESS_REFUSED:
        return f'This user may not read the queue "{queue}" ({reason.reply_text}): grant it the permission to read.'
    if reason.reply_code == NOT_FOUND:
        return f'The queue "{queue}" is missing: run `crossdock topology apply`.'
    return f'The queue "{queue}" cannot be consumed: {describe_error(reason)}.'


def _of_broker(error: BaseException) -> str | None:
    """Return the broker's own words where pika has made a guess of them: a limit looks like an access denied to it."""
    if not isinstance(error, exceptions.ProbableAccessDeniedError | exceptions.ProbableAuthenticationError):
        return None
    words = re.search(r"""\(\d+\) ["'](.*)["']""", str(error))
    return words[1] if words else None


def _inner(error: BaseException) -> BaseException | None:
    """Return the exception that one of pika's wraps, that of the last attempt where there were several."""
    wrapped = [*error.args, getattr(error, "exception", None), *getattr(error, "exceptions", ())]
    return next((inner for inner in reversed(wrapped) if isinstance(inner, BaseException)), None)
