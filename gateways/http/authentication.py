"""Signing calls: a strategy for each kind of credentials, and the access tokens of those that need one."""

from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic
from typing import NamedTuple, Protocol

from gateways.http.call import Call
from gateways.http.single_flight import SingleFlight

EARLY = 60.0
"""Seconds before its end that a token is renewed, so that it does not end on its way."""


class Authentication(Protocol):
    """One system's credentials."""

    def headers(self, call: Call, url: str) -> Mapping[str, str]:
        """Return the headers that sign a call to the absolute *url*. Raises CallFailedError when none can be had."""
        ...

    def renew(self) -> bool:
        """Look for other credentials, since these were refused; True when there are, so that the call is repeated."""
        ...


class NoAuthentication:
    """Calls without credentials, such as to an address that carries its own signature."""

    def headers(self, call: Call, url: str) -> Mapping[str, str]:
        """Return no header."""
        return {}

    def renew(self) -> bool:
        """There are no others."""
        return False


class AccessToken(NamedTuple):
    """A token and the seconds that it is valid for, from now on."""

    value: str
    valid_for: float


class TokenSource:
    """Keeps one access token, and fetches the next before it ends. Several threads fetch it once."""

    def __init__(self, fetch: Callable[[], AccessToken]) -> None:
        """*fetch* signs in and returns a token; it raises CallFailedError."""
        self._fetch = fetch
        self._fetches: SingleFlight[str] = SingleFlight()
        self._lock = Lock()
        self._value = ""
        self._until = 0.0

    def value(self) -> str:
        """Return a valid token."""
        return self._kept() or self._fetches.fetch("token", self._renewed)

    def drop(self, value: str) -> None:
        """Forget a token that was refused, so that the next call signs in again; another one is kept."""
        with self._lock:
            if self._value == value:
                self._until = 0.0

    def _kept(self) -> str | None:
        with self._lock:
            return self._value if monotonic() < self._until else None

    def _renewed(self) -> str:
        if kept := self._kept():  # fetched since the caller looked
            return kept
        begun = monotonic()
        token = self._fetch()
        with self._lock:
            self._value, self._until = token.value, begun + max(1.0, token.valid_for - EARLY)
        return token.value
