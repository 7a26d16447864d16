"""The provider's conversations: where a person signs in, who signed in, their claims, and where they sign out."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from gateways.errors import CallFailedError, IdentityRefusedError, UnknownKeyError
from gateways.http.call import Call
from gateways.http.client import Conditions, HttpClient
from gateways.http.no_reply import Limits
from gateways.http.sign_in import SignInErrors
from gateways.openid.id_token import Expected, PublicKey, check_id_token, usable_keys
from gateways.openid.kept_document import KeptDocument
from gateways.openid.metadata import PATH, ProviderMetadata, read_metadata
from gateways.secrets import Secret

LIMITS = Limits(connect=3.0, receive=5.0, total=10.0, size=1024 * 1024)
"""A person waits for it."""

ERRORS = SignInErrors("The identity provider", "check CROSSDOCK_OIDC_CLIENT_ID and CROSSDOCK_OIDC_CLIENT_SECRET")

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Registration(NamedTuple):
    """Crossdock as the provider knows it. Without a secret it is a public client, which PKCE alone protects."""

    issuer: str
    client_id: str
    client_secret: Secret | None
    redirect_url: str
    scopes: str
    allow_unencrypted: bool = False


class Proofs(NamedTuple):
    """Values that tie the answer to a sign-in: `state` the browser's, `nonce` the token's, `challenge` the code's."""

    state: str
    nonce: str
    challenge: str


class Identity(NamedTuple):
    """The claims of a person's id token, and the access token that asks the provider for more of them."""

    claims: Mapping[str, Any]
    access_token: str | None


class OpenIdProvider:
    """One provider. Safe to be used by several threads. Raises CallFailedError while the provider is away."""

    def __init__(self, registration: Registration, clock: Callable[[], float] = monotonic) -> None:
        """Connect to nobody yet: the first sign-in asks for the provider's document."""
        self.issuer = registration.issuer
        self._registration = registration
        conditions = Conditions(calls=4, limits=LIMITS)
        self._http = HttpClient("identity provider", registration.issuer, errors=ERRORS, conditions=conditions)
        self._metadata = KeptDocument(self._fetch_metadata, clock)
        self._keys = KeptDocument(self._fetch_keys, clock)

    def authorization_url(self, proofs: Proofs) -> str:
        """Return the address at which a person signs in."""
        parameters = {
            "response_type": "code",
            "client_id": self._registration.client_id,
            "redirect_uri": self._registration.redirect_url,
            "scope": self._registration.scopes,
            "state": proofs.state,
            "nonce": proofs.nonce,
            "code_challenge": proofs.challenge,
            "code_challenge_method": "S256",
        }
        return _with_query(self.metadata().authorization_endpoint, parameters)

    def has_answered(self, stated_issuer: str) -> bool:
        """Whether an answer is this provider's by the issuer that it states (RFC 9207), if any.

        Where the provider's document promises one, an answer without it is another's.
        """
        is_promised = self.metadata().authorization_response_iss_parameter_supported
        return stated_issuer == self.issuer if stated_issuer or is_promised else True

    def identify(self, code: str, verifier: str, nonce: str, now: datetime) -> Identity:
        """Exchange the code for an id token, and return its claims. Raises IdentityRefusedError."""
        token, access_token = self._tokens(code, verifier)
        expected = Expected(self.issuer, self._registration.client_id, nonce)
        try:
            claims = check_id_token(token, self.keys(), expected, now)
        except UnknownKeyError:  # it may have been signed by a key that is newer than ours
            claims = check_id_token(token, self.keys(fresh=True), expected, now)
        return Identity(claims, access_token)

    def all_claims(self, identity: Identity) -> Mapping[str, Any]:
        """Return the claims with those of the `userinfo` endpoint (Core 1.0, 5.3), if the provider has one.

        Raises IdentityRefusedError for an answer about somebody else, or for one that is no JSON.
        """
        endpoint = self.metadata().userinfo_endpoint
        if not (endpoint and identity.access_token):
            return identity.claims
        headers = {"Authorization": f"Bearer {identity.access_token}"}
        userinfo = self._http.call(Call("get a person's claims", "GET", endpoint, headers=headers)).data
        if not isinstance(userinfo, dict) or userinfo.get("sub") != identity.claims["sub"]:
            raise IdentityRefusedError("The identity provider's userinfo is not about the person who signed in.")
        return {**identity.claims, **userinfo}

    def sign_out_url(self) -> str | None:
        """Return where a person ends the provider's own session (RP-Initiated Logout 1.0), if it has such a page."""
        endpoint = self.metadata().end_session_endpoint
        return _with_query(endpoint, {"client_id": self._registration.client_id}) if endpoint else None

    def metadata(self) -> ProviderMetadata:
        """Return the provider's document. Raises IdentityRefusedError for a wrong one."""
        return self._metadata.get()

    def keys(self, *, fresh: bool = False) -> list[PublicKey]:
        """Return the keys that sign its tokens."""
        return self._keys.get(fresh=fresh)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _fetch_metadata(self) -> ProviderMetadata:
        data = self._get("get its configuration", self.issuer.rstrip("/") + PATH)
        return read_metadata(data, self.issuer, allow_unencrypted=self._registration.allow_unencrypted)

    def _fetch_keys(self) -> list[PublicKey]:
        return usable_keys(self._get("get its keys", self.metadata().jwks_uri))

    def _get(self, operation: str, url: str) -> Any:
        return self._http.call(Call(operation, "GET", url)).data

    def _tokens(self, code: str, verifier: str) -> tuple[str, str | None]:
        """Return the id token and the access token of a code. Raises IdentityRefusedError."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._registration.redirect_url,
            "code_verifier": verifier,
        }
        metadata, headers = self.metadata(), dict(_FORM)
        secret = self._registration.client_secret
        if secret and "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            headers["Authorization"] = _basic(self._registration.client_id, secret.read())
        else:
            form |= {"client_id": self._registration.client_id}
            form |= {"client_secret": secret.read()} if secret else {}
        call = Call("sign a person in", "POST", metadata.token_endpoint, None, urlencode(form).encode(), headers)
        try:
            data = self._http.call(call).data
        except CallFailedError as error:
            if error.code == "invalid_grant":
                raise IdentityRefusedError("The identity provider's code was used before, or has expired.") from None
            raise
        tokens = data if isinstance(data, dict) else {}
        token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(token, str):
            raise IdentityRefusedError("The identity provider's answer has no id token; is the scope openid allowed?")
        return token, access_token if isinstance(access_token, str) and access_token.isprintable() else None


def _with_query(url: str, parameters: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"


def _basic(client_id: str, secret: str) -> str:
    """Return the header of a client's password: both parts are encoded as in a form first (RFC 6749, 2.3.1)."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {b64encode(pair.encode()).decode()}"
