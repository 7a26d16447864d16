"""Signing in to Commerce as a Cloud Service: an access token of Adobe's identity service (IMS), client credentials."""

from typing import NamedTuple

from gateways.http.authentication import AccessToken
from gateways.http.client import HttpClient
from gateways.http.sign_in import SignedIn, SignInErrors, exchange
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


def ims_token(keys: ImsKeys, client: HttpClient, organization_header: str = "x-gw-ims-org-id") -> SignedIn:
    """Return a signer with an access token of IMS, which *client* calls.

    Adobe's services take the organization in different headers.
    """

    def sign_in() -> AccessToken:
        form = {
            "grant_type": "client_credentials",
            "client_id": keys.client_id.read(),
            "client_secret": keys.client_secret.read(),
            "scope": SCOPES,
        }
        return exchange(client, IMS_PATH, form, "Adobe")

    def headers_with(token: str) -> dict[str, str]:
        bearer = {"Authorization": f"Bearer {token}", "x-api-key": keys.client_id.read()}
        return bearer | {organization_header: keys.organization}

    return SignedIn(sign_in, headers_with)
