"""Login with Amazon, simulated: access tokens of an hour for a refresh token, or for a scope without a seller."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl

from gateways.simulator.sp_api.errors import denied
from gateways.simulator.traffic import HttpAnswer, HttpRequest

PATH = "/auth/o2/token"
GRANTLESS_SCOPE = "sellingpartnerapi::notifications"
EXPIRED = "The access token you provided has expired."
UNKNOWN = "The access token you provided is revoked, malformed or invalid."


class Grant(NamedTuple):
    """The rights of an access token until it expires; `grantless`: operations without a seller only."""

    grantless: bool
    until: datetime


@dataclass
class SignInDesk:
    """The credentials of one application and one seller. The defaults are of the simulator, known to all."""

    clock: Callable[[], datetime]
    client_id: str = "amzn1.application-oa2-client.simulator"
    client_secret: str = "simulator-client-secret"  # noqa: S105
    refresh_token: str = "Atzr-simulator-refresh-token"  # noqa: S105 - Amazon's have a |, which a shell takes for a pipe
    lives: timedelta = timedelta(hours=1)
    revoked: bool = False
    grants: dict[str, Grant] = field(default_factory=dict)

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer a sign-in, whose fields are a form or JSON."""
        form = _fields_of(request)
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return _refused(401, "invalid_client", "Client authentication failed")
        match form.get("grant_type"):
            case "refresh_token":
                if self.revoked or form.get("refresh_token") != self.refresh_token:
                    return _refused(400, "invalid_grant", "The request has an invalid grant parameter : refresh_token")
                return self._granted(grantless=False)
            case "client_credentials":
                if form.get("scope") != GRANTLESS_SCOPE:
                    return _refused(400, "invalid_scope", "The requested scope is invalid")
                return self._granted(grantless=True)
        return _refused(400, "unsupported_grant_type", "The authorization grant type is not supported")

    def check(self, token: str | None, *, grantless: bool) -> None:
        """Refuse a call whose token does not allow it. Raises SpApiError."""
        grant = self.grants.get(token or "")
        if grant is None:
            raise denied(UNKNOWN)
        if grant.until <= self.clock():
            raise denied(EXPIRED)
        if self.revoked or grant.grantless != grantless:
            raise denied()

    def _granted(self, *, grantless: bool) -> HttpAnswer:
        token = f"Atza|simulator-{len(self.grants) + 1}"
        self.grants[token] = Grant(grantless, self.clock() + self.lives)
        document = {"access_token": token, "token_type": "bearer", "expires_in": int(self.lives.total_seconds())}
        if not grantless:
            document["refresh_token"] = self.refresh_token
        return HttpAnswer(200, json.dumps(document).encode())


def _fields_of(request: HttpRequest) -> Mapping[str, str]:
    text = request.body.decode(errors="replace")
    if "json" not in request.headers.get("content-type", ""):
        return dict(parse_qsl(text, keep_blank_values=True))
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _refused(status: int, error: str, description: str) -> HttpAnswer:
    return HttpAnswer(status, json.dumps({"error": error, "error_description": description}).encode())
