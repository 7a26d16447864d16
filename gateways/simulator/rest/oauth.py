"""Commerce's check of a call's signature (OAuth 1.0a, HMAC-SHA256), with its own rules for path and query."""

import hmac
import re
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from gateways.simulator.rest.errors import RestError

KEY_LENGTH = 32
AHEAD = 600
"""Seconds that a timestamp may be in the future; any past one is taken."""

_DECODED = {f"%{ord(sign):02X}": sign for sign in "/+:@&=$,;%"}
"""Characters that the normalised path of the signature keeps, besides unreserved characters; other escapes stay."""


@dataclass
class Consumer:
    """The credentials of an integration."""

    key: str = "simulatorsimulatorsimulator00key"
    secret: str = "simulatorsimulatorsimulatorsecre"  # noqa: S105 - of the simulator, known to all
    token: str = "simulatorsimulatorsimulato00token"[:KEY_LENGTH]
    token_secret: str = "simulatorsimulatorsimulatortoken"  # noqa: S105 - as above
    nonces: set[str] = field(default_factory=set)


def check_signature(consumer: Consumer, method: str, url: str, authorization: str) -> None:
    """Raise the RestError with which Commerce refuses the header of a call to *url*, as it was sent."""
    parameters = _header_parameters(authorization)
    if parameters.get("oauth_signature_method") != "HMAC-SHA256":
        raise RestError(400, "Signature method %1 is not supported", [parameters.get("oauth_signature_method", "")])
    _check_names(consumer, parameters)
    signature = parameters.pop("oauth_signature", "")
    address, _, query = url.partition("?")
    if not hmac.compare_digest(
        _signature(consumer, method, address, {**parameters, **_signed_query(query)}), signature
    ):
        raise RestError(401, "The signature is invalid. Verify and try again.")
    _check_nonce(consumer, parameters)


def base_string(method: str, address: str, parameters: Mapping[str, str]) -> str:
    """Return the text to sign: method, normalised address, and sorted parameters."""
    pairs = "&".join(sorted(f"{_quote(name)}={_quote(value)}" for name, value in parameters.items()))
    return "&".join([method.upper(), _quote(_normalised(address)), _quote(pairs)])


def _signature(consumer: Consumer, method: str, address: str, parameters: Mapping[str, str]) -> str:
    key = f"{_quote(consumer.secret)}&{_quote(consumer.token_secret)}"
    return b64encode(hmac.digest(key.encode(), base_string(method, address, parameters).encode(), "sha256")).decode()


def _check_names(consumer: Consumer, parameters: Mapping[str, str]) -> None:
    key = parameters.get("oauth_consumer_key", "")
    if len(key) != len(consumer.key):
        raise RestError(401, "Consumer key is not the correct length")
    if key != consumer.key:
        raise RestError(401, "A consumer having the specified key does not exist")
    if parameters.get("oauth_token") != consumer.token:
        raise RestError(401, "Specified token does not exist")


def _check_nonce(consumer: Consumer, parameters: Mapping[str, str]) -> None:
    timestamp, nonce = parameters.get("oauth_timestamp", ""), parameters.get("oauth_nonce", "")
    if not timestamp.isdigit() or int(timestamp) > time.time() + AHEAD:
        raise RestError(401, "An error occurred validating the nonce")
    if nonce in consumer.nonces:
        raise RestError(401, "The nonce is already being used by the consumer with ID %1", ["1"])
    consumer.nonces.add(nonce)


def _header_parameters(authorization: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in authorization[len("oauth ") :].split(","))
    return {unquote(k): unquote(v.strip('"')) for k, _, v in pairs if k.startswith("oauth_")}


def _signed_query(query: str) -> dict[str, str]:
    """Return the pairs of a query that are signed: those with exactly one `=`. A plus is a plus."""
    pairs = (pair.split("=") for pair in query.split("&") if query)
    return {unquote(pair[0]): unquote(pair[1]) for pair in pairs if len(pair) == 2}


def _normalised(address: str) -> str:
    def decoded(escape: re.Match[str]) -> str:
        text = escape[0].upper()
        sign = unquote(text)
        return _DECODED.get(text) or (sign if re.fullmatch(r"[A-Za-z0-9._~-]", sign) else text)

    return re.sub(r"%[0-9A-Fa-f]{2}", decoded, address)


def _quote(text: str) -> str:
    return quote(text, safe="~-._")
