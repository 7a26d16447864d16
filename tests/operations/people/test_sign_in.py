"""Signing in: sessions, links, and the limit of tries."""

from collections.abc import Callable

import pytest

from operations.context import Context
from operations.people.audit import list_actions
from operations.people.sign_in import (
    BY_ADDRESS,
    BY_NAME,
    BY_NAME_AND_ADDRESS,
    LINK_LASTS,
    SESSION_IDLES,
    SESSION_LASTS,
    SignInRefusedError,
    TooManyTriesError,
    make_link,
    person_of_session,
    sign_in,
    sign_out,
    use_link,
)
from operations.people.users import disable_user, set_password, set_role
from schemas.people import Role
from tests.harness import Pipeline
from tests.letters import LaterClock
from tests.web.people import PASSWORD, add_person


@pytest.fixture
def people(pipeline: Pipeline) -> Context:
    """Operations, with the admin ann and the viewer bob."""
    add_person(pipeline.context, Role.ADMIN, "ann")
    add_person(pipeline.context, Role.VIEWER, "bob")
    return pipeline.context


def _session_of(context: Context, name: str) -> str:
    return use_link(context, make_link(context, name), "").secret


def test_a_session_has_the_role_that_its_user_has_now(people: Context) -> None:
    session = sign_in(people, "bob", PASSWORD, "127.0.0.1").secret
    set_role(people, "bob", Role.STAFF, actor="ann")
    person = person_of_session(people, session)
    assert person is not None
    assert (person.name, person.permissions) == ("bob", Role.STAFF.permissions)


def test_a_session_ends_unused_and_at_the_latest_after_a_day_of_work(people: Context, clock: LaterClock) -> None:
    unused, used = _session_of(people, "bob"), _session_of(people, "bob")
    half = SESSION_IDLES.total_seconds() / 2
    for _ in range(int(SESSION_LASTS.total_seconds() / half) - 1):
        clock.pass_time(seconds=half)
        assert person_of_session(people, used) is not None
    assert person_of_session(people, unused) is None
    clock.pass_time(seconds=half)
    assert person_of_session(people, used) is None


def test_a_new_password_a_sign_out_and_a_disabled_user_end_sessions(people: Context) -> None:
    ended = _session_of(people, "bob")
    sign_out(people, ended)
    replaced = _session_of(people, "bob")
    set_password(people, "bob", "another long password", actor="ann")
    disabled = _session_of(people, "bob")
    disable_user(people, "bob", actor="ann")
    assert [person_of_session(people, one) for one in (ended, replaced, disabled)] == [None, None, None]
    with pytest.raises(SignInRefusedError):
        sign_in(people, "bob", "another long password", "127.0.0.1")


def test_a_link_works_once_and_not_for_long(people: Context, clock: LaterClock) -> None:
    link, late = make_link(people, "bob"), make_link(people, "bob")
    use_link(people, link, "")
    with pytest.raises(SignInRefusedError):
        use_link(people, link, "")
    clock.pass_time(seconds=LINK_LASTS.total_seconds())
    with pytest.raises(SignInRefusedError):
        use_link(people, late, "")


def _tries(context: Context, name: str, address: str, count: int) -> None:
    for _ in range(count):
        with pytest.raises(SignInRefusedError):
            sign_in(context, name, "wrong", address)


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare passwords without the time that hashes take on purpose."""
    monkeypatch.setattr("operations.people.sign_in.verify_password", lambda password, _stored: password == PASSWORD)


@pytest.mark.usefixtures("quick_passwords")
def test_wrong_passwords_of_one_person_lock_out_nobody_else_at_the_address(people: Context, clock: LaterClock) -> None:
    _tries(people, "bob", "10.0.0.1", BY_NAME_AND_ADDRESS.at_once)
    with pytest.raises(TooManyTriesError):
        sign_in(people, "bob", PASSWORD, "10.0.0.1")
    sign_in(people, "ann", PASSWORD, "10.0.0.1")
    sign_in(people, "bob", PASSWORD, "10.0.0.2")
    clock.pass_time(seconds=BY_NAME_AND_ADDRESS.seconds)
    sign_in(people, "bob", PASSWORD, "10.0.0.1")


@pytest.mark.usefixtures("quick_passwords")
def test_tries_from_many_addresses_and_with_many_names_are_limited(people: Context) -> None:
    """Tries grow again meanwhile, so a few more than at once may be granted."""

    def granted(place: Callable[[int], tuple[str, str]]) -> int:
        for number in range(1000):
            try:
                _tries(people, *place(number), 1)
            except TooManyTriesError:
                return number
        return 1000

    assert BY_NAME.at_once <= granted(lambda number: ("bob", f"10.0.0.{number}")) < 2 * BY_NAME.at_once
    assert BY_ADDRESS.at_once <= granted(lambda number: (f"user-{number}", "10.1.1.1")) < 2 * BY_ADDRESS.at_once
    sign_in(people, "ann", PASSWORD, "10.2.2.2")


def test_the_audit_log_has_who_signed_in_and_who_changed_users_and_no_secret(people: Context) -> None:
    session = _session_of(people, "bob")
    set_role(people, "bob", Role.STAFF, actor="ann")
    acts = list_actions(people).rows
    assert [(act.who, act.action, act.subject) for act in acts][:2] == [
        ("ann", "user.set_role", "bob"),
        ("bob", "session.sign_in_by_link", "bob"),
    ]
    assert session not in str(acts)
    assert PASSWORD not in str(acts)
