"""Login with Amazon, simulated: access tokens of an hour for a refresh token, or for a scope without a seller."""

import json
from collections.abc import Callable, Mapping, Sequence
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
    """The rights of an access token until it expires: those of a seller, or, `grantless`, operations without one."""

    seller_id: str | None
    until: datetime

    @property
    def grantless(self) -> bool:
        """Whether it is for operations without a seller only."""
        return self.seller_id is None


@dataclass
class SignInDesk:
    """The credentials of one application and its sellers. The defaults are of the simulator, known to all.

    The first of `seller_ids` has the refresh token; the others have it with their ids behind it.
    """

    clock: Callable[[], datetime]
    client_id: str = "amzn1.application-oa2-client.simulator"
    client_secret: str = "simulator-client-secret"  # noqa: S105
    refresh_token: str = "Atzr-simulator-refresh-token"  # noqa: S105 - Amazon's have a |, which a shell takes for a pipe
    seller_ids: Sequence[str] = ("",)
    lives: timedelta = timedelta(hours=1)
    revoked: bool = False
    revoked_sellers: set[str] = field(default_factory=set)
    grants: dict[str, Grant] = field(default_factory=dict)

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer a sign-in, whose fields are a form or JSON."""
        form = _fields_of(request)
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return _refused(401, "invalid_client", "Client authentication failed")
        match form.get("grant_type"):
            case "refresh_token":
                seller_id = self._seller_of(form.get("refresh_token", ""))
                if seller_id is None or self._is_revoked(seller_id):
                    return _refused(400, "invalid_grant", "The request has an invalid grant parameter : refresh_token")
                return self._granted(seller_id)
            case "client_credentials":
                if form.get("scope") != GRANTLESS_SCOPE:
                    return _refused(400, "invalid_scope", "The requested scope is invalid")
                return self._granted(None)
        return _refused(400, "unsupported_grant_type", "The authorization grant type is not supported")

    def refresh_token_of(self, seller_id: str) -> str:
        """Return the token by which a seller has authorized the application."""
        return self.refresh_token if seller_id == self.seller_ids[0] else f"{self.refresh_token}-{seller_id}"

    def _seller_of(self, refresh_token: str) -> str | None:
        return next(
            (seller_id for seller_id in self.seller_ids if self.refresh_token_of(seller_id) == refresh_token), None
        )

    def _is_revoked(self, seller_id: str | None) -> bool:
        return self.revoked or seller_id in self.revoked_sellers

    def check(self, token: str | None, *, grantless: bool) -> str | None:
        """Return the seller of a call, None without one. Raises SpApiError for a token that does not allow it."""
        grant = self.grants.get(token or "")
        if grant is None:
            raise denied(UNKNOWN)
        if grant.until <= self.clock():
            raise denied(EXPIRED)
        if self._is_revoked(grant.seller_id) or grant.grantless != grantless:
            raise denied()
        return grant.seller_id

    def _granted(self, seller_id: str | None) -> HttpAnswer:
        token = f"Atza|simulator-{len(self.grants) + 1}"
        self.grants[token] = Grant(seller_id, self.clock() + self.lives)
        document = {"access_token": token, "token_type": "bearer", "expires_in": int(self.lives.total_seconds())}
        if seller_id is not None:
            document["refresh_token"] = self.refresh_token_of(seller_id)
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
