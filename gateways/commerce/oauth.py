"""OAuth 1.0a (RFC 5849) as Commerce checks it: HMAC-SHA256, and its own normalisation of the path before it is signed.

Written out here, because a library signs in seven times the processor time, which every call to a shop pays. Tests hold
it against the library, and against a signature that a real shop accepts.
"""

import re
import secrets
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import lru_cache
from hmac import digest
from typing import NamedTuple, Self
from urllib.parse import quote, unquote

from gateways.http.call import Call
from gateways.secrets import Secret

_DECODED = re.compile(r"%(?:2F|2B|3A|40|26|3D|24|2C|3B|25|2D|2E|5F|7E|3[0-9]|[46][1-9A-F]|[57][0-9A])", re.IGNORECASE)
"""Escapes that Commerce (Laminas) decodes in a path before it signs it; others, such as `%20`, stay."""

_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._~:/-]*")


class OAuthKeys(NamedTuple):
    """The four secrets of an integration in Commerce's admin (System, Integrations)."""

    consumer_key: Secret
    consumer_secret: Secret
    access_token: Secret
    access_token_secret: Secret

    def read(self) -> tuple[str, str, str, str]:
        """Return them as they are now."""
        key, secret, token, token_secret = (part.read() for part in self)
        return key, secret, token, token_secret


class Occasion(NamedTuple):
    """The unique part of a signature: a number that is used once, and the time in seconds since 1970."""

    nonce: str
    timestamp: str


def _now() -> Occasion:
    return Occasion(secrets.token_hex(16), str(int(time.time())))


class _EncodedKeys(NamedTuple):
    """The parts of a signature that the keys determine, encoded."""

    keys: tuple[str, ...]
    consumer_key: str
    access_token: str
    signing_key: bytes

    @classmethod
    def of(cls, keys: tuple[str, str, str, str]) -> Self:
        key, secret, token, token_secret = keys
        return cls(keys, _quote(key), _quote(token), f"{_quote(secret)}&{_quote(token_secret)}".encode())


class OAuthSignature:
    """Signs each call with its own nonce, as Commerce takes one once; see gateways.http.authentication.Authentication.

    A query must be encoded with `%20`, never `+`, and each of its parts must have exactly one `=`.
    """

    def __init__(self, keys: OAuthKeys, occasion: Callable[[], Occasion] = _now) -> None:
        """Sign with these keys, read again for each call."""
        self._keys = keys
        self._occasion = occasion
        self._signed_with: _EncodedKeys | None = None

    def headers(self, call: Call, url: str) -> Mapping[str, str]:
        """Return the header that signs the call."""
        encoded = self._encoded()
        nonce, timestamp = self._occasion()
        fields = {
            "oauth_consumer_key": encoded.consumer_key,
            "oauth_nonce": nonce,
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_timestamp": timestamp,
            "oauth_token": encoded.access_token,
            "oauth_version": "1.0",
        }
        signature = digest(encoded.signing_key, _base_string(call.method, url, fields).encode(), "sha256")
        fields["oauth_signature"] = (
            b64encode(signature).decode().replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
        )
        return {"Authorization": "OAuth " + ", ".join([f'{name}="{value}"' for name, value in fields.items()])}

    def renew(self) -> bool:
        """Whether the keys have changed since they signed."""
        return self._signed_with is None or self._keys.read() != self._signed_with.keys

    def _encoded(self) -> _EncodedKeys:
        keys, encoded = self._keys.read(), self._signed_with
        if encoded is None or encoded.keys != keys:
            self._signed_with = encoded = _EncodedKeys.of(keys)
        return encoded


def _base_string(method: str, url: str, fields: Mapping[str, str]) -> str:
    """Return the text to sign: the method, the address, the query's pairs with the header's, sorted (section 3.4).

    *fields* are encoded already.
    """
    address, _, query = url.partition("?")
    pairs = [*fields.items(), *(_requoted_pair(pair) for pair in query.split("&") if pair)]
    parameters = "&".join([f"{name}={value}" for name, value in sorted(pairs)])
    # Encoded once more: only these three characters change, and `quote` would look at each of them all in Python.
    encoded = parameters.replace("%", "%25").replace("=", "%3D").replace("&", "%26")
    return f"{method.upper()}&{_quoted_address(address)}&{encoded}"


def _quoted_address(address: str) -> str:
    """Return an address, normalised and encoded; most have nothing but these two characters to encode."""
    if _PLAIN_ADDRESS.fullmatch(address):
        return address.replace(":", "%3A").replace("/", "%2F")
    return _quote(normalised(address))


def normalised(address: str) -> str:
    """Return an address, without query, as Commerce signs it."""
    return _DECODED.sub(lambda escape: unquote(escape[0]), address)


def _requoted_pair(pair: str) -> tuple[str, str]:
    """Return a pair of the query, encoded as a signature has it."""
    name, _, value = pair.partition("=")
    return _requoted(name), _requoted(value)


@lru_cache(maxsize=512)
def _requoted(text: str) -> str:
    """Return an encoded text encoded as a signature has it; the names and most values are the same in all calls."""
    return _quote(unquote(text))


def _quote(text: str) -> str:
    return quote(text, safe="-._~")
