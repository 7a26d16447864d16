"""An OpenID provider of the tests: a real HTTP server on loopback, which signs correctly, or as a test sets it."""

import hmac
import json
import socket
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from time import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.gateways.http.server import Received, Respond, answer, serving

CLIENT_ID, CLIENT_SECRET = "crossdock", "a secret: of the tests"
ACCESS_TOKEN = "access-to-userinfo"

Claims = dict[str, Any]


@cache
def _first_key() -> RSAKey:
    """Return the key that every provider begins with: to generate one takes up to 0.2 s."""
    return RSAKey.generate_key(2048, {"kid": "first"})


class TestedProvider:
    """One person signs in there. A test changes `person`, how tokens are made, or what the provider answers.

    With `userinfo` it has such an endpoint, which returns these claims to the bearer of the person's access token.
    """

    __test__ = False

    def __init__(self) -> None:
        """Sign with one RSA key."""
        self.url = ""
        self.keys: list[RSAKey | ECKey] = [_first_key()]
        self.person: Claims = {"sub": "person-1", "preferred_username": "ann", "groups": ["order-team"]}
        self.change_claims: Callable[[Claims], Claims] = lambda claims: claims
        self.make_token: Callable[[Claims], str] = self.signed
        self.userinfo: Claims | None = None
        self.error = ""
        self.is_away = False
        self.clock: Callable[[], float] = time
        self.document: Claims = {}
        self.codes: dict[str, dict[str, str]] = {}

    def signed(self, claims: Claims) -> str:
        """Return a token signed by the last key."""
        key = self.keys[-1]
        header = {"alg": "RS256" if isinstance(key, RSAKey) else "ES256", "kid": key.kid}
        return jwt.encode(header, claims, key, algorithms=["RS256", "ES256"])

    def unsigned(self, claims: Claims) -> str:
        """Return a token that claims to need no signature."""
        return f"{_base64(json.dumps({'alg': 'none'}))}.{_base64(json.dumps(claims))}."

    def signed_by_public_key(self, claims: Claims) -> str:
        """Return a token whose secret is the provider's public key, which everybody knows."""
        key = self.keys[-1]
        text = f"{_base64(json.dumps({'alg': 'HS256', 'kid': key.kid}))}.{_base64(json.dumps(claims))}"
        return f"{text}.{_base64(hmac.digest(key.as_pem(private=False), text.encode(), 'sha256'))}"

    def respond(self, received: Received, connection: socket.socket) -> None:
        """Answer a request."""
        pages: dict[str, Callable[[Received], Respond]] = {
            "/.well-known/openid-configuration": lambda _: answer(200, json.dumps(self._document())),
            "/keys": lambda _: answer(200, json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]})),
            "/authorize": self._authorize,
            "/token": self._token,
            "/userinfo": self._userinfo,
            "/sign-out": lambda _: answer(200, "<h1>Signed out there</h1>", "text/html"),
        }
        page = pages.get(urlsplit(received.target).path, lambda _: answer(404, "{}"))
        (answer(503, "{}") if self.is_away else page(received))(received, connection)

    def _document(self) -> Claims:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "end_session_endpoint": f"{self.url}/sign-out",
            **({} if self.userinfo is None else {"userinfo_endpoint": f"{self.url}/userinfo"}),
            **self.document,
        }

    def _authorize(self, received: Received) -> Respond:
        """Sign the person in at once, and lead back."""
        asked = _fields(urlsplit(received.target).query)
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        result = {"error": self.error} if self.error else {"code": code}
        back = f"{asked['redirect_uri']}?{urlencode(result | {'state': asked['state'], 'iss': self.url})}"
        return answer(302, location=back)

    def _token(self, received: Received) -> Respond:
        """Exchange a code once, for who knows the client's secret and the code's verifier."""
        form = _fields(received.body.decode())
        asked = self.codes.pop(form["code"], None)
        password = b64encode(f"{CLIENT_ID}:{CLIENT_SECRET.replace(' ', '%20').replace(':', '%3A')}".encode()).decode()
        if received.headers.get("authorization") != f"Basic {password}":
            return answer(401, '{"error": "invalid_client"}')
        challenge = _base64(sha256(form["code_verifier"].encode()).digest())
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return answer(400, '{"error": "invalid_grant"}')
        now = int(self.clock())
        claims = {"iss": self.url, "aud": asked["client_id"], "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        token = self.make_token(self.change_claims(claims | self.person))
        return answer(200, json.dumps({"access_token": ACCESS_TOKEN, "token_type": "Bearer", "id_token": token}))

    def _userinfo(self, received: Received) -> Respond:
        if received.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
            return answer(401, '{"error": "invalid_token"}')
        return answer(200, json.dumps({"sub": self.person["sub"]} | (self.userinfo or {})))


def _base64(data: str | bytes) -> str:
    return urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b"=").decode()


def _fields(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text).items()}


@contextmanager
def serving_provider() -> Iterator[TestedProvider]:
    """Serve a provider on a free port until the block ends."""
    provider = TestedProvider()
    with serving(provider.respond) as server:
        provider.url = server.url
        yield provider
