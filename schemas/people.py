"""People who use the console and the API: their roles, and the rights of each role."""

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints, field_serializer

from schemas.fields import Moment
from schemas.value import Value

LocalUserName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._@-]{0,63}$")]
"""The name that a person signs in with; an e-mail address in lower case may be one."""

PROVIDER_PREFIX = "oidc:"
"""The prefix of the names of users of an identity provider: no local user can have such a name."""

UserName = Annotated[str, StringConstraints(pattern=r"^(oidc:)?[a-z0-9][~a-z0-9._@-]{0,63}$")]
"""The name of a user, local or of an identity provider."""


class Permission(StrEnum):
    """A right of a person. The scopes of an API token are the same words."""

    READ = "read"
    """See everything but personal data and other people's tokens."""
    SEE_PERSONAL_DATA = "see_personal_data"
    """See buyers' names and addresses; each look is recorded."""
    ACT_ON_ORDERS = "act_on_orders"
    """Cancel, edit the address, accept a total, decline a cancellation, import now."""
    MATCH_PRODUCTS = "match_products"
    """Match listings with products, and create products from listings."""
    REPLAY = "replay"
    """Replay, edit and discard dead letters."""
    CHANGE_SETTINGS = "change_settings"
    """Add and change stores, order settings and publishers."""
    MANAGE_PEOPLE = "manage_people"
    """Add and change users, and revoke their API tokens."""


class Role(StrEnum):
    """The roles, each with the permissions of those before it."""

    VIEWER = "viewer"
    STAFF = "staff"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def permissions(self) -> frozenset[Permission]:
        """The rights of the role."""
        return _PERMISSIONS[self]


_VIEWER = frozenset({Permission.READ})
_STAFF = _VIEWER | {Permission.SEE_PERSONAL_DATA, Permission.ACT_ON_ORDERS, Permission.MATCH_PRODUCTS}
_OPERATOR = _STAFF | {Permission.REPLAY, Permission.CHANGE_SETTINGS}
_ADMIN = _OPERATOR | {Permission.MANAGE_PEOPLE}
_PERMISSIONS = {Role.VIEWER: _VIEWER, Role.STAFF: _STAFF, Role.OPERATOR: _OPERATOR, Role.ADMIN: _ADMIN}


class Person(Value):
    """The acting person: a signed-in user, or the owner of an API token, with their rights this time."""

    name: str
    role: Role
    permissions: frozenset[Permission]

    @field_serializer("permissions")
    def _sorted(self, permissions: frozenset[Permission]) -> list[Permission]:
        return sorted(permissions)

    @property
    def is_of_provider(self) -> bool:
        """Whether an identity provider signed the person in."""
        return self.name.startswith(PROVIDER_PREFIX)

    def may(self, permission: Permission) -> bool:
        """Whether the person may do it."""
        return permission in self.permissions


class User(Value):
    """A user as others see it: without the password's hash.

    One whom an identity provider signs in is known by the provider's `issuer` and its `subject`, whatever the name;
    `confirmed_at` is when the provider last gave the role, which is when the person last signed in.
    """

    name: UserName
    role: Role
    is_active: bool
    issuer: str | None = None
    subject: str | None = None
    confirmed_at: Moment | None = None
    created_at: Moment
    updated_at: Moment


class ApiToken(Value):
    """An API token as its owner sees it: without its secret, which only its hash is kept of."""

    id: str
    user_name: str
    label: str
    scopes: tuple[Permission, ...]
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None
    revoked_at: Moment | None
