"""The meaning of an identity provider's claims here: a person's role and name."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from schemas.errors import SettingsError
from schemas.people import PROVIDER_PREFIX, Role

MAX_NAME = 50


class ClaimRules(NamedTuple):
    """The claims of a person's name and groups, and the role of each group."""

    name_claim: str
    roles_claim: str
    roles: Mapping[str, Role]


def parse_roles(text: str) -> dict[str, Role]:
    """Return the role of each group of `GROUP=ROLE; GROUP=ROLE`. Raises SettingsError for a part that is none.

    A group may have commas and equals signs, as the names of a directory do.
    """
    roles = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        group, _, role = (side.strip() for side in part.rpartition("="))
        if not group or role not in set(Role):
            words = ", ".join(Role)
            raise SettingsError(f"CROSSDOCK_OIDC_ROLES is wrong: {part!r} is not GROUP=ROLE; the roles are {words}.")
        roles[group] = Role(role)
    if not roles:
        raise SettingsError("CROSSDOCK_OIDC_ROLES is missing; set GROUP=ROLE, several separated by semicolons.")
    return roles


def has_groups(claims: Mapping[str, Any], rules: ClaimRules) -> bool:
    """Whether the claim with the groups is there at all; some providers give it by their `userinfo` endpoint only."""
    return _claim(claims, rules.roles_claim) is not None


def are_groups_left_out(claims: Mapping[str, Any], rules: ClaimRules) -> bool:
    """Whether the provider says that there are groups, and leaves them out: Microsoft Entra ID does beyond 200.

    It names another source of the claim then (OpenID Connect Core 1.0, 5.6.2), which is its directory's API.
    """
    elsewhere = claims.get("_claim_names")
    named = isinstance(elsewhere, Mapping) and rules.roles_claim in elsewhere
    return not has_groups(claims, rules) and (named or claims.get("hasgroups") in (True, "true"))


def role_of(claims: Mapping[str, Any], rules: ClaimRules) -> Role | None:
    """Return the highest role of the person's groups; None when no group has one.

    An address of `email` is no group unless the provider has verified it: people write their own.
    """
    if rules.roles_claim == "email" and claims.get("email_verified") is not True:
        return None
    groups = _claim(claims, rules.roles_claim)
    names = groups if isinstance(groups, list) else [groups]
    roles = {rules.roles[name] for name in names if isinstance(name, str) and name in rules.roles}
    return max(roles, key=list(Role).index, default=None)


def _claim(claims: Any, name: str) -> Any:
    """Return a claim by its name, or along its dots: `realm_access.roles`; names inside may have dots as well."""
    if not isinstance(claims, Mapping) or name in claims:
        return claims[name] if isinstance(claims, Mapping) else None
    parts = name.split(".")
    splits = ((".".join(parts[:count]), ".".join(parts[count:])) for count in range(1, len(parts)))
    inside = (_claim(claims.get(first), rest) for first, rest in splits)
    return next((claim for claim in inside if claim is not None), None)


def user_name_of(claims: Mapping[str, Any], rules: ClaimRules) -> str:
    """Return the name that the person has here, if nobody has it yet."""
    claim = claims.get(rules.name_claim)
    text = claim if isinstance(claim, str) else str(claims["sub"])
    fit = re.sub(r"[^a-z0-9._@-]+", "-", text.lower()).lstrip("._@-")[:MAX_NAME]
    return PROVIDER_PREFIX + (fit or "user")


def other_user_name(name: str, issuer: str, subject: str) -> str:
    """Return a name for a person whose own another user of a provider has."""
    return f"{name}~{sha256(f'{issuer} {subject}'.encode()).hexdigest()[:8]}"
