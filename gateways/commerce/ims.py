"""Signing in to Commerce as a Cloud Service: an access token of Adobe's identity service (IMS), client credentials."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from gateways.errors import CallFailedError
from gateways.http.authentication import AccessToken, TokenSource
from gateways.http.call import Call, Reply
from gateways.http.client import HttpClient
from gateways.http.outcome import Outcome, outcome_of
from gateways.http.problem import Problem, status_sentence
from gateways.secrets import Secret

IMS_URL = "https://ims-na1.adobelogin.com"
SCOPES = "openid,AdobeID,email,profile,additional_info.roles,additional_info.projectedProductContext,commerce.accs"
"""As Adobe's page "Server-to-server authentication" lists them."""


class ImsErrors:
    """How IMS reports errors: `{"error": "invalid_client", …}`; wrong credentials are a 400."""

    def outcome(self, reply: Reply) -> Outcome:
        """Return the outcome; a refused sign-in is blocked, whatever its status."""
        outcome = outcome_of(reply)
        return Outcome.BLOCKED if outcome is Outcome.REFUSED else outcome

    def problem(self, reply: Reply) -> Problem:
        """Return IMS's error code."""
        code = reply.data.get("error") if isinstance(reply.data, dict) else None
        known = code if isinstance(code, str) and code.replace("_", "").isalnum() else str(reply.status)
        return Problem(known, f"Adobe refused to sign in ({known})." if code else status_sentence(reply))


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
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        call = Call("sign in", "POST", "/ims/token/v3", content=urlencode(form).encode(), headers=headers)
        data = self._client.call(call).data
        try:
            return AccessToken(str(data["access_token"]), float(data["expires_in"]))
        except (TypeError, KeyError, ValueError):
            problem = Problem("sign_in", "Adobe's answer to the sign-in has no token.")
            raise CallFailedError(problem.sentence, Outcome.BROKEN, problem) from None
