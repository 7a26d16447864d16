"""What pika reports, in our words. No exception of pika's leaves this folder."""

from pika import exceptions

REFUSED = "it refuses this user and password"
NO_ACCESS = "the virtual host does not exist or this user may not enter it"
HUNG_UP = (
    "it hung up before a word of AMQP; if that lasts, check the port, whether it is one for amqp:// or amqps://,"
    " and whether it wants a client's certificate"
)
"""What pika calls an incompatible protocol. So does a broker that is just stopping, which passes."""

WORDS: dict[type[BaseException], str] = {
    exceptions.AuthenticationError: REFUSED,
    exceptions.ProbableAuthenticationError: REFUSED,
    exceptions.ProbableAccessDeniedError: NO_ACCESS,
    exceptions.IncompatibleProtocolError: HUNG_UP,
    exceptions.ProtocolVersionMismatch: "it does not speak AMQP 0-9-1",
    exceptions.AMQPHeartbeatTimeout: "it did not answer for too long",
    exceptions.ConnectionBlockedTimeout: "it blocked publishers for too long (a memory or disk alarm)",
    exceptions.ConnectionOpenAborted: "the connection was given up",
    exceptions.ConnectionClosedByClient: "the connection was closed here",
    exceptions.StreamLostError: "the connection was cut",
}


def describe_error(error: BaseException) -> str:
    """Say what is wrong, as the second half of a sentence, without a name of pika's."""
    if isinstance(error, exceptions.ConnectionClosed | exceptions.ChannelClosed):
        return WORDS.get(type(error)) or f"it answered {error.reply_code}: {error.reply_text}"
    for kind, words in WORDS.items():
        if isinstance(error, kind):
            return words
    inner = _inner(error)
    if inner is not None:
        return describe_error(inner)
    return str(error) if isinstance(error, OSError | ValueError) and str(error) else "the connection failed"


def _inner(error: BaseException) -> BaseException | None:
    """Return the exception that one of pika's wraps, the last where several tries were made."""
    wrapped = [*error.args, getattr(error, "exception", None), *getattr(error, "exceptions", ())]
    return next((one for one in reversed(wrapped) if isinstance(one, BaseException)), None)
