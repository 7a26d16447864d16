"""Adobe's public keys, fetched from the one host that has them and kept for a day."""

import re
from collections.abc import Callable
from threading import Lock
from time import monotonic

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from gateways.errors import CallRefusedError
from gateways.http.call import Call
from gateways.http.client import Conditions, HttpClient
from gateways.http.error_log import ErrorLog
from gateways.http.no_reply import Limits
from gateways.http.single_flight import SingleFlight

KEYS_URL = "https://static.adobeioevents.com"

_PATH = re.compile(r"/prod/keys/pub-key-[0-9a-f-]{1,64}\.pem")
"""A header names the path: it never chooses the host, nor a file that is none of these."""

KEY_LIFETIME, UNKNOWN_LIFETIME = 24 * 3600.0, 60.0
"""Seconds that a key is kept, and that a path without a key is not asked for again."""

MAX_KEYS = 32
"""Keys and unknown paths that are kept: anybody may send headers."""

LIMITS = Limits(connect=2.0, receive=3.0, total=4.0, size=16 * 1024)
"""Adobe waits ten seconds for the answer to an event."""


class PublicKeys:
    """Adobe's public keys by their paths."""

    def __init__(self, url: str, error_log: ErrorLog, clock: Callable[[], float] = monotonic) -> None:
        """Fetch keys from *url*."""
        self._http = HttpClient("adobe", url, conditions=Conditions(calls=2, limits=LIMITS, error_log=error_log))
        self._clock = clock
        self._lock = Lock()
        self._fetches: SingleFlight[RSAPublicKey | None] = SingleFlight()
        self._known: dict[str, tuple[float, RSAPublicKey | None]] = {}

    def key(self, path: str) -> RSAPublicKey | None:
        """Return the key at a path; None if there is none. Raises CallFailedError while Adobe's host is away."""
        if not _PATH.fullmatch(path):
            return None
        until, key = self._known.get(path, (0.0, None))
        if self._clock() < until:
            return key
        return self._fetches.fetch(path, lambda: self._remembered(path))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _remembered(self, path: str) -> RSAPublicKey | None:
        key = self._fetch(path)
        with self._lock:
            while len(self._known) >= MAX_KEYS:
                del self._known[next(iter(self._known))]
            self._known[path] = self._clock() + (KEY_LIFETIME if key else UNKNOWN_LIFETIME), key
        return key

    def _fetch(self, path: str) -> RSAPublicKey | None:
        try:
            body = self._http.call(Call("get a public key", "GET", path, as_bytes=True)).body
            key = load_pem_public_key(body)
        except (CallRefusedError, ValueError):
            return None
        return key if isinstance(key, RSAPublicKey) else None
