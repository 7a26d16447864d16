"""Signing in to Amazon: Login with Amazon (LWA) exchanges a seller's refresh token for an access token of an hour.

Source: Selling Partner API documentation, "Connect to the Selling Partner API".
"""

from typing import NamedTuple

from gateways.http.authentication import AccessToken
from gateways.http.client import HttpClient
from gateways.http.sign_in import SignedIn, SignInErrors, exchange
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


NOTIFICATIONS_SCOPE = "sellingpartnerapi::notifications"
"""The scope of calls without a seller that concern the destinations of notifications."""


def application_token(keys: LwaKeys, client: HttpClient) -> SignedIn:
    """Return a signer with a token of the application alone, without a seller ("grantless")."""

    def sign_in() -> AccessToken:
        form = {
            "grant_type": "client_credentials",
            "client_id": keys.client_id.read(),
            "client_secret": keys.client_secret.read(),
            "scope": NOTIFICATIONS_SCOPE,
        }
        return exchange(client, LWA_PATH, form, "Amazon")

    return SignedIn(sign_in, lambda token: {"x-amz-access-token": token})


def lwa_token(keys: LwaKeys, client: HttpClient) -> SignedIn:
    """Return a signer with a seller's access token; *client* calls LWA.

    The secrets are read at each sign-in, so they may be rotated.
    """

    def sign_in() -> AccessToken:
        form = {
            "grant_type": "refresh_token",
            "client_id": keys.client_id.read(),
            "client_secret": keys.client_secret.read(),
            "refresh_token": keys.refresh_token.read(),
        }
        return exchange(client, LWA_PATH, form, "Amazon")

    return SignedIn(sign_in, lambda token: {"x-amz-access-token": token})
