"""The identity provider as the settings have it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from operations.people.provider_roles import ClaimRules, parse_roles
from schemas.errors import SettingsError
from schemas.settings import PREFIX, Settings
from workers.process.secrets import secret_of

if TYPE_CHECKING:  # at run time it would import the HTTP client
    from operations.people.provider_sign_in import IdentityProvider

CALLBACK = "/sign-in/oidc/callback"
"""The page to which the provider leads back; it has to be registered there."""


@contextmanager
def opened_identity_provider(settings: Settings) -> Iterator["IdentityProvider | None"]:
    """Open the provider until the block ends; None when none is set. Raises SettingsError for missing settings."""
    if not settings.oidc_issuer:
        yield None
        return
    # A console without a provider does not have to wait for the HTTP client.
    from gateways.openid.metadata import is_protected  # noqa: PLC0415
    from gateways.openid.provider import OpenIdProvider, Registration  # noqa: PLC0415
    from operations.people.provider_sign_in import IdentityProvider  # noqa: PLC0415

    if not (settings.allow_unencrypted or is_protected(settings.oidc_issuer)):
        raise SettingsError(f"{PREFIX}OIDC_ISSUER is an address without TLS; give one that begins with https://.")
    has_secret = settings.oidc_client_secret or settings.oidc_client_secret_file
    registration = Registration(
        settings.oidc_issuer,
        _given(settings, "oidc_client_id"),
        secret_of(settings, "oidc_client_secret") if has_secret else None,
        _given(settings, "console_url").rstrip("/") + CALLBACK,
        settings.oidc_scopes,
        settings.allow_unencrypted,
    )
    rules = ClaimRules(settings.oidc_name_claim, settings.oidc_roles_claim, parse_roles(settings.oidc_roles or ""))
    with closing(OpenIdProvider(registration)) as openid:
        yield IdentityProvider(openid, settings.oidc_name, rules)


def _given(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if not isinstance(value, str) or not value:
        raise SettingsError(f"{PREFIX}{name.upper()} is missing; {PREFIX}OIDC_ISSUER needs it.")
    return value
