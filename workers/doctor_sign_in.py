"""The doctor's finding about signing in: whether the identity provider answers, and the roles of its groups."""

from schemas.errors import CrossdockError, PermanentError
from schemas.settings import PREFIX, Settings
from workers.process.identity_provider import opened_identity_provider


def examine_sign_in(settings: Settings) -> tuple[str, bool, str]:
    """Return the subject of the check, whether it is in order, and the details or the remedy."""
    if not settings.oidc_issuer:
        return "sign-in", True, f"Only local users sign in: {PREFIX}OIDC_ISSUER is not set."
    try:
        return "sign-in", True, _provider(settings)
    except CrossdockError as error:
        return "sign-in", False, str(error)


def _provider(settings: Settings) -> str:
    with opened_identity_provider(settings) as provider:
        assert provider is not None  # noqa: S101 - its issuer is set
        keys = len(provider.openid.keys())
        roles = ", ".join(f"{group} is {role}" for group, role in provider.rules.roles.items())
    if not keys:
        raise PermanentError(f"{settings.oidc_issuer} has no key that its id tokens could be verified by.")
    return f"{settings.oidc_issuer} answers, with keys to verify its id tokens by: {keys}. Groups: {roles}."
