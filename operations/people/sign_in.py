"""Signing in and out: sessions of a browser, throttled by name and address together, and by each of them."""

from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from ledger.people.sessions import USE_RECORDED_EVERY
from operations.context import Context
from operations.errors import RefusedActionError
from operations.people.audit import record_action
from operations.people.passwords import verify_password
from operations.people.secrets import hash_secret, new_secret
from schemas.errors import RetryableError
from schemas.people import Person

SESSION_LASTS = timedelta(hours=12)
"""A working day, after which a person signs in again."""

SESSION_IDLES = timedelta(hours=2)
"""An unused session ends earlier."""

LINK_LASTS = timedelta(minutes=30)


class Tries(NamedTuple):
    """Tries that are granted: so many at once, then one in so many seconds."""

    at_once: int
    seconds: float


BY_NAME_AND_ADDRESS = Tries(10, 30.0)
"""One person at one place, who has forgotten the password, or is somebody else."""

BY_NAME = Tries(100, 300.0)
"""All places together: a guesser with many addresses has no more tries (NIST SP 800-63B-4 has at most 100 tries)."""

BY_ADDRESS = Tries(200, 3.0)
"""An office, or all people behind a proxy, who begin their day at once."""


class SignInRefusedError(RefusedActionError):
    """Name and password do not belong together; the sentence does not say which is wrong."""


class TooManyTriesError(RetryableError):
    """Too many tries to sign in with this name or from this address."""


class NewSession(NamedTuple):
    """A session that has begun: its secret, for the cookie, and its length."""

    secret: str
    lasts: timedelta


def sign_in(context: Context, name: str, password: str, address: str) -> NewSession:
    """Begin a session. Raises SignInRefusedError, and TooManyTriesError before the password is looked at."""
    network, person = _network_of(address), hash_secret(name).hex()[:16]
    _take_a_try(context, f"both/{person}/{network}", BY_NAME_AND_ADDRESS)
    _take_a_try(context, f"name/{person}", BY_NAME)
    take_a_try_from(context, address)
    with context.ledger.read() as work:
        stored = work.users.password_hash(name)
    if not verify_password(password, stored):
        raise SignInRefusedError("The name or the password is wrong.")
    return begin_session(context, name, "session.sign_in")


def take_a_try_from(context: Context, address: str, way: str = "address") -> None:
    """Count a try to sign in from an address, or out of a provider. Raises TooManyTriesError.

    Ways are counted apart, so that the end of a sign-in takes nothing from those that begin.
    """
    _take_a_try(context, f"{way}/{_network_of(address)}", BY_ADDRESS)


def _network_of(address: str) -> str:
    """Return the address; of IPv6 the /64, all of whose addresses one machine may have."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network((ip, 64), strict=False)) if ip.version == 6 else address


def _take_a_try(context: Context, key: str, tries: Tries) -> None:
    with context.ledger.begin() as work:
        if work.rate_buckets.take(f"sign-in/{key}", 1 / tries.seconds, tries.at_once, max_wait=0) is None:
            raise TooManyTriesError("There were too many tries to sign in; wait a minute.", tries.seconds)


def make_link(context: Context, name: str) -> str:
    """Return the secret of a link that signs a user in once, within LINK_LASTS."""
    secret = new_secret()
    with context.ledger.begin() as work:
        work.sessions.add_link(hash_secret(secret), name, work.now + LINK_LASTS)
    return secret


def use_link(context: Context, secret: str, address: str) -> NewSession:
    """Begin the session of a link's user. Raises TooManyTriesError; SignInRefusedError if it was used or expired."""
    take_a_try_from(context, address, "link")
    with context.ledger.begin() as work:
        name = work.sessions.use_link(hash_secret(secret))
    if name is None:
        raise SignInRefusedError("This link was used before, or has expired.")
    return begin_session(context, name, "session.sign_in_by_link")


def begin_session(context: Context, name: str, action: str) -> NewSession:
    """Begin a session of a user who has proved to be that user, and record it."""
    secret = new_secret()
    with context.ledger.begin() as work:
        work.sessions.add(hash_secret(secret), name, work.now + SESSION_LASTS)
        work.rate_buckets.purge_tries()
        record_action(work, name, action, name)
    return NewSession(secret, SESSION_LASTS)


def person_of_session(context: Context, secret: str) -> Person | None:
    """Return the person whose session it is, or None if it has ended."""
    with context.ledger.read() as work:
        session = work.sessions.find(hash_secret(secret), SESSION_IDLES)
        now = work.now
    if session is None:
        return None
    name, role, used_at = session
    if now - used_at > USE_RECORDED_EVERY:
        with context.ledger.begin() as work:
            work.sessions.record_use(hash_secret(secret))
    return Person(name=name, role=role, permissions=role.permissions)


def sign_out(context: Context, secret: str) -> None:
    """End a session."""
    with context.ledger.begin() as work:
        work.sessions.end(hash_secret(secret))
