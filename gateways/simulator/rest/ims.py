"""Signing in at Adobe's identity service: access tokens for client credentials, of the form that Adobe's have."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from email import message_from_bytes
from email.policy import HTTP
from urllib.parse import parse_qsl

from gateways.simulator.rest.errors import RestError

PATHS = frozenset({"/ims/token/v2", "/ims/token/v3"})
VALID_FOR = 86399
"""Seconds."""

_NEEDED = ("client_id", "client_secret")


class SignInRefusedError(RestError):
    """A sign-in that is refused, in the form of OAuth 2.0."""

    def body(self) -> bytes:
        """Return the answer's body."""
        return json.dumps({"error": self.message}).encode()


def access_token(content_type: str, body: bytes, now: float) -> Mapping[str, object]:
    """Return the answer to a form, of either encoding. Raises SignInRefusedError for one without client credentials.

    The token is a JWT, from which Adobe's own client reads until when it is valid, in milliseconds; it is not signed.
    """
    form = _multipart(content_type, body) if content_type.startswith("multipart/") else _urlencoded(body)
    if form.get("grant_type") != "client_credentials" or not all(form.get(name) for name in _NEEDED):
        raise SignInRefusedError(400, "invalid_client")
    claims = {
        "type": "access_token",
        "client_id": form["client_id"],
        "created_at": str(int(now * 1000)),
        "expires_in": str(VALID_FOR * 1000),
    }
    token = ".".join([_part({"alg": "none"}), _part(claims), "simulator"])
    return {"access_token": token, "token_type": "bearer", "expires_in": VALID_FOR}


def _urlencoded(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode(errors="replace")))


def _multipart(content_type: str, body: bytes) -> dict[str, str]:
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body, policy=HTTP)
    return {
        str(part.get_param("name", header="content-disposition")): part.get_content() for part in message.iter_parts()
    }


def _part(content: Mapping[str, str]) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
