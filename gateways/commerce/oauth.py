"""OAuth 1.0a as Commerce checks it: HMAC-SHA256, and its own normalisation of the path before it is signed."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import unquote

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, Client

from gateways.http.call import Call
from gateways.secrets import Secret

_DECODED = re.compile(r"%(?:2F|2B|3A|40|26|3D|24|2C|3B|25|2D|2E|5F|7E|3[0-9]|[46][1-9A-F]|[57][0-9A])", re.IGNORECASE)
"""Escapes that Commerce (Laminas) decodes in a path before it signs it; others, such as `%20`, stay."""


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


class OAuthSignature:
    """Signs each call anew, since Commerce takes a nonce once; see gateways.http.authentication.Authentication.

    A query must be encoded with `%20`, never `+`, and each of its parts must have exactly one `=`.
    """

    def __init__(self, keys: OAuthKeys, client: Callable[..., Client] = Client) -> None:
        """Sign with these keys, read again for each call."""
        self._keys = keys
        self._client = client
        self._signed_with: tuple[str, ...] = ()

    def headers(self, call: Call, url: str) -> Mapping[str, str]:
        """Return the header that signs the call."""
        self._signed_with = key, secret, token, token_secret = self._keys.read()
        client = self._client(key, secret, token, token_secret, signature_method=SIGNATURE_HMAC_SHA256)
        address, mark, query = url.partition("?")
        _, headers, _ = client.sign(f"{normalised(address)}{mark}{query}", http_method=cast("Any", call.method))
        return {"Authorization": headers["Authorization"]}

    def renew(self) -> bool:
        """Whether the keys have changed since they signed."""
        return self._keys.read() != self._signed_with


def normalised(address: str) -> str:
    """Return an address, without query, as Commerce signs it."""
    return _DECODED.sub(lambda escape: unquote(escape[0]), address)
