"""Signing in by an identity provider: to its page, and back from it with a session.

The browser keeps a secret meanwhile, of which all that ties the answer to this sign-in is derived: the provider's
`state` and `nonce`, and the verifier of its code. The ledger has the secret's hash, so an answer counts once.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from re import fullmatch
from typing import Any, NamedTuple

from gateways.errors import IdentityRefusedError
from gateways.openid.provider import OpenIdProvider, Proofs
from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.people.audit import record_action
from operations.people.provider_roles import (
    ClaimRules,
    are_groups_left_out,
    has_groups,
    other_user_name,
    role_of,
    user_name_of,
)
from operations.people.secrets import hash_secret, new_secret
from operations.people.sign_in import NewSession, SignInRefusedError, begin_session, take_a_try_from
from schemas.errors import RetryableError
from schemas.people import Role, User

SIGN_IN_LASTS = timedelta(minutes=10)
"""Time to sign in at the provider, with a second factor and a forgotten password."""


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """An OpenID provider, its name on the button, and the rules that make a role and a name of its claims."""

    openid: OpenIdProvider
    name: str
    rules: ClaimRules


class ProviderAwayError(RetryableError):
    """The identity provider does not answer, or not as it should, so it signs nobody in now."""


class StartedSignIn(NamedTuple):
    """The address at which the person signs in, and the secret that their browser keeps meanwhile."""

    url: str
    secret: str


class Answer(NamedTuple):
    """The answer of the provider's page, in the address that the browser comes back to; `secret` is the browser's."""

    secret: str | None
    state: str
    code: str
    error: str = ""
    issuer: str = ""


def start_sign_in(context: Context, provider: IdentityProvider, target: str, address: str) -> StartedSignIn:
    """Start a sign-in that leads to the page *target*. Raises TooManyTriesError, ProviderAwayError."""
    take_a_try_from(context, address)
    secret = new_secret()
    challenge = _base64(sha256(_derived(secret, "verifier").encode()).digest())
    try:
        proofs = Proofs(_derived(secret, "state"), _derived(secret, "nonce"), challenge)
        url = provider.openid.authorization_url(proofs)
    except (RetryableError, IdentityRefusedError) as error:
        raise _away(provider, error) from None
    with context.ledger.begin() as work:
        work.sessions.add_provider_sign_in(hash_secret(secret), target, work.now + SIGN_IN_LASTS)
    return StartedSignIn(url, secret)


def finish_sign_in(
    context: Context, provider: IdentityProvider, answer: Answer, address: str
) -> tuple[NewSession, str]:
    """Begin a session of the person who signed in; return it and the page that it leads to.

    Raises SignInRefusedError for a forged, late or repeated answer, and for a person without a role here;
    TooManyTriesError, ProviderAwayError.
    """
    take_a_try_from(context, address, "provider")
    secret = answer.secret or ""
    if not hmac.compare_digest(_derived(secret, "state").encode(), answer.state.encode()):
        raise SignInRefusedError("This sign-in was not started in this browser, or a newer one was; start again.")
    with context.ledger.begin() as work:
        target = work.sessions.end_provider_sign_in(hash_secret(secret))
    if target is None:
        raise SignInRefusedError("This sign-in was finished before, or took too long; start again.")
    _check_answer(provider, answer)
    claims = _identify(context, provider, answer.code, secret)
    return begin_session(context, _admit(context, provider, claims), "session.sign_in_by_provider"), target


def sign_out_address(context: Context, provider: IdentityProvider, address: str) -> str | None:
    """Return where the person signs out of the provider, if it has such a page.

    Raises TooManyTriesError, ProviderAwayError.
    """
    take_a_try_from(context, address)
    try:
        return provider.openid.sign_out_url()
    except (RetryableError, IdentityRefusedError) as error:
        raise _away(provider, error) from None


def _check_answer(provider: IdentityProvider, answer: Answer) -> None:
    """Refuse an error, and an answer of another provider's (RFC 9207)."""
    if answer.error:
        code = answer.error if fullmatch(r"[a-z_]{1,60}", answer.error) else "no known error"
        raise SignInRefusedError(f"{provider.name} did not sign you in ({code}).")
    try:
        is_of_provider = provider.openid.has_answered(answer.issuer)
    except (RetryableError, IdentityRefusedError) as error:
        raise _away(provider, error) from None
    if not is_of_provider:
        raise SignInRefusedError("Another identity provider answered; nobody is signed in. Start again.")


def _identify(context: Context, provider: IdentityProvider, code: str, secret: str) -> Mapping[str, Any]:
    try:
        verifier, nonce = _derived(secret, "verifier"), _derived(secret, "nonce")
        identity = provider.openid.identify(code, verifier, nonce, context.ledger.now())
        if has_groups(identity.claims, provider.rules):
            return identity.claims
        return provider.openid.all_claims(identity)
    except IdentityRefusedError as error:
        raise SignInRefusedError(f"{error} Nobody is signed in.") from None
    except RetryableError as error:
        raise _away(provider, error) from None


def _admit(context: Context, provider: IdentityProvider, claims: Mapping[str, Any]) -> str:
    """Return the name of the person's user, whose role is that of their groups by now. Raises SignInRefusedError."""
    if are_groups_left_out(claims, provider.rules):
        raise _too_many_groups(provider)
    role = role_of(claims, provider.rules)
    with context.ledger.begin() as work:
        user = work.users.find_by_subject(provider.openid.issuer, claims["sub"])
        if role is not None:
            user = user or _add(work, provider, claims, role)
            _set_role(work, user, role)
            work.users.confirm(user.name)
        elif user:
            _withdraw(work, user)
    if role is None or user is None:
        raise SignInRefusedError(
            f"No group of yours at {provider.name} has a role in Crossdock; an administrator there can add you to one."
        )
    if not user.is_active:
        raise SignInRefusedError(f"The user {user.name} is disabled; an admin of Crossdock can enable it.")
    return user.name


def _too_many_groups(provider: IdentityProvider) -> SignInRefusedError:
    """Return the refusal of a person without reported groups: they are unknown, so no role is taken away."""
    return SignInRefusedError(
        f"You are in more groups than {provider.name} puts into a sign-in. An administrator there can have it send only"
        " those that are assigned to Crossdock, or app roles instead: docs/sign-in.md, Microsoft Entra ID."
    )


def _add(work: UnitOfWork, provider: IdentityProvider, claims: Mapping[str, Any], role: Role) -> User:
    issuer, subject = provider.openid.issuer, claims["sub"]
    name = user_name_of(claims, provider.rules)
    if work.users.find(name):
        name = other_user_name(name, issuer, subject)
    work.users.add_of_provider(name, role, issuer, subject)
    record_action(work, name, "user.add", name, details={"role": role.value, "issuer": issuer})
    user = work.users.find_by_subject(issuer, subject)
    if user is None:
        raise SignInRefusedError("Somebody with this name signed in at the same time; start again.")
    return user


def _set_role(work: UnitOfWork, user: User, role: Role) -> None:
    if user.role is not role:
        work.users.change(user.name, role=role.value)
        record_action(
            work, user.name, "user.set_role", user.name, details={"role": role.value, "before": user.role.value}
        )


def _withdraw(work: UnitOfWork, user: User) -> None:
    """End the sessions and tokens of a person who has lost their groups."""
    work.sessions.end_all_of(user.name)
    work.api_tokens.revoke_all_of(user.name)
    record_action(work, user.name, "user.withdraw", user.name, "no group with a role")


def _away(provider: IdentityProvider, error: Exception) -> ProviderAwayError:
    return ProviderAwayError(f"{provider.name} cannot sign you in now. {error} Try again in a minute.")


def _derived(secret: str, purpose: str) -> str:
    return _base64(hmac.digest(secret.encode(), f"crossdock {purpose}".encode(), "sha256"))


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
