"""The meaning of an identity provider's claims here: a person's role and name."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from schemas.errors import SettingsError
from schemas.people import PROVIDER_PREFIX, Role

MOST_OF_A_NAME = 50


class ClaimRules(NamedTuple):
    """Which claim names a person, which has their groups, and each group's role."""

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


def role_of(claims: Mapping[str, Any], rules: ClaimRules) -> Role | None:
    """Return the highest role of the person's groups; None when no group has one."""
    groups = _claim(claims, rules.roles_claim)
    names = groups if isinstance(groups, list) else [groups]
    found = {rules.roles[name] for name in names if isinstance(name, str) and name in rules.roles}
    return max(found, key=list(Role).index, default=None)


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """Return a claim; one that is not there by its name is looked for along its dots: `realm_access.roles`."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def user_name_of(claims: Mapping[str, Any], rules: ClaimRules) -> str:
    """Return the name that the person has here, if nobody has it yet."""
    given = claims.get(rules.name_claim)
    text = given if isinstance(given, str) else str(claims["sub"])
    fit = re.sub(r"[^a-z0-9._@-]+", "-", text.lower()).lstrip("._@-")[:MOST_OF_A_NAME]
    return PROVIDER_PREFIX + (fit or "user")


def other_user_name(name: str, issuer: str, subject: str) -> str:
    """Return a name for a person whose own another user of a provider has."""
    return f"{name}~{sha256(f'{issuer} {subject}'.encode()).hexdigest()[:8]}"
