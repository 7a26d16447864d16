"""Why no usable reply came: errors of urllib3 and of sockets as an outcome, a code and one sentence.

The errors' own texts are dropped: they may repeat headers with credentials.
"""

import re
from dataclasses import dataclass
from ssl import SSLCertVerificationError

from urllib3.exceptions import (
    ConnectTimeoutError,
    EmptyPoolError,
    LocationValueError,
    NewConnectionError,
    ProxyError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as TooSlowError

from gateways.http.outcome import Outcome
from gateways.http.problem import Problem

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for each phase of a call and for all of it, and the size of an answer, decompressed, in bytes.

    `connect` is for the connection, with the look-up of the name, and once more for TLS; `receive` for each wait for
    a part of the answer, and for the wait until one of the connections is free.
    """

    connect: float = 5.0
    receive: float = 20.0
    total: float = 60.0
    size: int = 16 * MEBIBYTE


class NoReplyError(Exception):
    """No usable reply came back: too slow, too large, or no connection at all. Never leaves gateways.http."""

    def __init__(self, outcome: Outcome, code: str, sentence: str, *, was_sent: bool = True) -> None:
        """Take the error in place of the reply; without a connection the call was not sent."""
        super().__init__(sentence)
        self.outcome = outcome
        self.problem = Problem(code, sentence)
        self.was_sent = was_sent

    @property
    def may_pass(self) -> bool:
        """Whether another try may bring a reply."""
        return self.outcome is Outcome.TRY_LATER


_NO_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
"""The error of `http.client` when a proxy refuses to connect to a host."""


def before_reply(error: Exception, limits: Limits, *, over: bool) -> NoReplyError:
    """Translate an error before the reply; *over* says whether the time of the whole call was up."""
    through_proxy = isinstance(error, ProxyError)
    if isinstance(error, ProxyError):
        # urllib3 blames the proxy for connections that break behind it, too, when the call may have been carried out.
        error = error.original_error
    if refused := _NO_TUNNEL.search(str(error)):
        return _no_tunnel(refused[1])
    if isinstance(error, LocationValueError):
        return NoReplyError(Outcome.BLOCKED, "address", "Its address is no URL of http or https; correct the setting.")
    # TLS that breaks is a connection that breaks, as a server's does that is restarted.
    if isinstance(error, SSLError) and any(isinstance(cause, SSLCertVerificationError) for cause in error.args):
        sentence = "Its certificate is not trusted, has expired, or is for another name; the call was not sent."
        return NoReplyError(Outcome.BLOCKED, "certificate", sentence)
    return _not_connected(error, limits, through_proxy) or in_reply(error, limits, over=over)


def in_reply(error: Exception, limits: Limits, *, over: bool) -> NoReplyError:
    """Translate an error while the reply was on its way."""
    if over:
        return too_slow(limits.total)
    if isinstance(error, TooSlowError):
        return too_slow(limits.receive)
    sentence = "The connection broke, or brought no HTTP, before the whole answer was there."
    return NoReplyError(Outcome.TRY_LATER, "connection", sentence)


def too_slow(seconds: float) -> NoReplyError:
    """Return the error of an answer that is not there, or not all of it, after so many seconds."""
    return NoReplyError(Outcome.TRY_LATER, "timeout", f"Its answer was not there within {seconds:g} seconds.")


def _no_tunnel(status: str) -> NoReplyError:
    if status in ("401", "403", "407"):
        sentence = f"The proxy refuses the call (HTTP {status}); correct HTTPS_PROXY, or the proxy's rules."
        return NoReplyError(Outcome.BLOCKED, "proxy", sentence, was_sent=False)
    sentence = f"The proxy has no connection to it (HTTP {status})."
    return NoReplyError(Outcome.TRY_LATER, "unreachable", sentence, was_sent=False)


def _not_connected(error: Exception, limits: Limits, through_proxy: bool) -> NoReplyError | None:
    """Return the error of a call that was not sent, None if it may have been."""
    if isinstance(error, EmptyPoolError):
        sentence = f"All connections to it were in use for {limits.receive:g} seconds; the call was not sent."
        return NoReplyError(Outcome.TRY_LATER, "busy", sentence, was_sent=False)
    to_whom = "The proxy" if through_proxy else "It"
    if isinstance(error, NewConnectionError | ValueError):
        sentence = f"{to_whom} took no connection; it may be down, or its name unknown."
        return NoReplyError(Outcome.TRY_LATER, "unreachable", sentence, was_sent=False)
    if isinstance(error, ConnectTimeoutError):
        sentence = f"{to_whom} took no connection within {limits.connect:g} seconds."
        return NoReplyError(Outcome.TRY_LATER, "timeout", sentence, was_sent=False)
    return None
