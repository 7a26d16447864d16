"""Id tokens, verified as OpenID Connect Core 1.0 demands in section 3.1.3.7."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from joserfc import jws
from joserfc.errors import ClaimError, ExpiredTokenError, JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key
from joserfc.jwt import JWTClaimsRegistry, decode

from gateways.errors import IdentityRefusedError, UnknownKeyError

PublicKey = RSAKey | ECKey | OKPKey

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that only the provider can make: neither `none`, nor those by a secret that both sides know."""

LEEWAY = 60
"""Seconds that the provider's clock may differ from ours."""

_REASONS = {
    "iss": "another issuer made it",
    "aud": "it is for another application",
    "nonce": "it answers another sign-in",
    "exp": "it has expired; compare the clocks of both machines",
    "iat": "it was made in the future; compare the clocks of both machines",
}


class Expected(NamedTuple):
    """Claims that a token must have: its issuer, its audience, and the sign-in that it answers."""

    issuer: str
    client_id: str
    nonce: str


def usable_keys(document: Any) -> list[PublicKey]:
    """Return the keys of a JWK Set (RFC 7517) that may sign. Kinds that are not known are left out."""
    entries = document.get("keys") if isinstance(document, dict) else None
    keys = []
    for entry in entries if isinstance(entries, list) else ():
        try:
            key = import_key(entry)
        except (JoseError, ValueError, TypeError, AttributeError):
            continue
        if isinstance(key, PublicKey) and entry.get("use", "sig") == "sig":
            keys.append(key)
    return keys


def check_id_token(token: str, keys: Sequence[PublicKey], expected: Expected, now: datetime) -> Mapping[str, Any]:
    """Return the claims of a token.

    Raises UnknownKeyError when none of *keys* signed it, IdentityRefusedError when it is not for this sign-in.
    """
    claims = _signed_claims(token, keys)
    registry = JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        nonce={"essential": True, "value": expected.nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(claims)
    except ClaimError as error:
        name = "exp" if isinstance(error, ExpiredTokenError) else error.claim
        raise _refused(_REASONS.get(name, f"its claim {name} is missing or wrong")) from None
    audience = claims["aud"]
    party = claims.get("azp", expected.client_id if isinstance(audience, str) or len(audience) == 1 else None)
    if party != expected.client_id:
        raise _refused(_REASONS["aud"])
    return claims


def _signed_claims(token: str, keys: Sequence[PublicKey]) -> dict[str, Any]:
    """Return the claims under a signature; a token may name its key, else each is tried."""
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError):
        raise _refused("it is no signed token") from None
    if header.get("alg") not in ALGORITHMS:
        raise _refused("its kind of signature is not allowed")
    kid = header.get("kid")
    for key in keys:
        if kid is None or key.kid == kid:
            try:
                return decode(token, key, algorithms=ALGORITHMS).claims
            except (JoseError, ValueError):  # signed by another key, or this one is of another kind
                continue
    raise UnknownKeyError("The identity provider's id token is not signed by one of its keys; it is not believed.")


def _refused(reason: str) -> IdentityRefusedError:
    return IdentityRefusedError(f"The identity provider's id token is not valid: {reason}.")
