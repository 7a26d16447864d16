"""Signing in to Commerce as a Cloud Service: an access token of Adobe's identity service (IMS), client credentials."""

from collections.abc import Mapping
from typing import NamedTuple

from gateways.http.authentication import AccessToken, TokenSource
from gateways.http.call import Call
from gateways.http.client import HttpClient
from gateways.http.sign_in import SignInErrors, exchange
from gateways.secrets import Secret

IMS_URL = "https://ims-na1.adobelogin.com"
IMS_PATH = "/ims/token/v3"
SCOPES = "openid,AdobeID,email,profile,additional_info.roles,additional_info.projectedProductContext,commerce.accs"
"""As Adobe's page "Server-to-server authentication" lists them."""


IMS_ERRORS = SignInErrors(
    "Adobe", "check client id, client secret and organization of the project in Adobe's developer console"
)


class ImsKeys(NamedTuple):
    """The credentials of a project in Adobe's developer console."""

    client_id: Secret
    client_secret: Secret
    organization: str


class ImsToken:
    """Signs with an access token; see gateways.http.authentication.Authentication."""

    def __init__(self, keys: ImsKeys, client: HttpClient) -> None:
        """Sign in with *client*, which calls IMS."""
        self._keys = keys
        self._client = client
        self._tokens = TokenSource(self._sign_in)
        self._used = ""

    def headers(self, call: Call, url: str) -> Mapping[str, str]:
        """Return the headers with a valid token. Raises CallFailedError."""
        self._used = self._tokens.value()
        return {
            "Authorization": f"Bearer {self._used}",
            "x-api-key": self._keys.client_id.read(),
            "x-gw-ims-org-id": self._keys.organization,
        }

    def renew(self) -> bool:
        """Drop the refused token, so that the repeated call signs in again."""
        self._tokens.drop(self._used)
        return True

    def _sign_in(self) -> AccessToken:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._keys.client_id.read(),
            "client_secret": self._keys.client_secret.read(),
            "scope": SCOPES,
        }
        return exchange(self._client, IMS_PATH, form, "Adobe")
