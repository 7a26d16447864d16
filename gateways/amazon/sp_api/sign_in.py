"""Signing in to Amazon: Login with Amazon (LWA) exchanges a seller's refresh token for an access token of an hour.

Source: Selling Partner API documentation, "Connect to the Selling Partner API".
"""

from collections.abc import Mapping
from typing import NamedTuple

from gateways.http.authentication import AccessToken, TokenSource
from gateways.http.call import Call
from gateways.http.client import HttpClient
from gateways.http.sign_in import SignInErrors, exchange
from gateways.secrets import Secret

LWA_URL = "https://api.amazon.com"
LWA_PATH = "/auth/o2/token"

LWA_ERRORS = SignInErrors(
    "Amazon", "check client id and secret, and have the seller authorize the application again if they are right"
)


class LwaKeys(NamedTuple):
    """The credentials of an application, and the refresh token by which a seller has authorized it."""

    client_id: Secret
    client_secret: Secret
    refresh_token: Secret


class LwaToken:
    """Signs with an access token; see gateways.http.authentication.Authentication."""

    def __init__(self, keys: LwaKeys, client: HttpClient) -> None:
        """Sign in with *client*, which calls LWA. The secrets are read at each sign-in, so they may be rotated."""
        self._keys = keys
        self._client = client
        self._tokens = TokenSource(self._sign_in)
        self._used = ""

    def headers(self, call: Call, url: str) -> Mapping[str, str]:
        """Return the header with a valid token. Raises CallFailedError."""
        self._used = self._tokens.value()
        return {"x-amz-access-token": self._used}

    def renew(self) -> bool:
        """Drop the refused token, so that the repeated call signs in again."""
        self._tokens.drop(self._used)
        return True

    def _sign_in(self) -> AccessToken:
        form = {
            "grant_type": "refresh_token",
            "client_id": self._keys.client_id.read(),
            "client_secret": self._keys.client_secret.read(),
            "refresh_token": self._keys.refresh_token.read(),
        }
        return exchange(self._client, LWA_PATH, form, "Amazon")
