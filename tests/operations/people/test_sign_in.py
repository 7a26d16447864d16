"""Signing in: sessions, links, and the limit of tries."""

import pytest

from operations.context import Context
from operations.people.audit import list_acts
from operations.people.sign_in import (
    LINK_LASTS,
    SESSION_IDLES,
    SESSION_LASTS,
    TRIES_AT_ONCE,
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
    return use_link(context, make_link(context, name)).secret


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
    use_link(people, link)
    with pytest.raises(SignInRefusedError):
        use_link(people, link)
    clock.pass_time(seconds=LINK_LASTS.total_seconds())
    with pytest.raises(SignInRefusedError):
        use_link(people, late)


def test_tries_are_limited_by_name_and_by_address_before_the_password_counts(
    people: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.people.sign_in.verify_password", lambda password, _stored: password == PASSWORD)
    for number in range(TRIES_AT_ONCE):
        with pytest.raises(SignInRefusedError):
            sign_in(people, "bob", "wrong", f"10.0.0.{number}")
        with pytest.raises(SignInRefusedError):
            sign_in(people, f"user-{number}", "wrong", "10.1.1.1")
    for name, address in (("bob", "10.0.0.99"), ("ann", "10.1.1.1")):
        with pytest.raises(TooManyTriesError):
            sign_in(people, name, PASSWORD, address)
    sign_in(people, "ann", PASSWORD, "10.2.2.2")


def test_the_audit_log_has_who_signed_in_and_who_changed_users_and_no_secret(people: Context) -> None:
    session = _session_of(people, "bob")
    set_role(people, "bob", Role.STAFF, actor="ann")
    acts = list_acts(people)
    assert [(act.who, act.action, act.subject) for act in acts][:2] == [
        ("ann", "user.set_role", "bob"),
        ("bob", "session.sign_in_by_link", "bob"),
    ]
    assert session not in str(acts)
    assert PASSWORD not in str(acts)
