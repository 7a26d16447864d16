"""API tokens."""

from datetime import timedelta

from operations.people.api_tokens import create_token, list_tokens, person_of_token, revoke_token
from operations.people.users import disable_user, set_role
from schemas.people import Permission, Role
from tests.harness import Pipeline
from tests.letters import LaterClock
from tests.web.people import add_person


def test_a_token_may_do_what_both_its_scopes_and_its_users_role_allow(pipeline: Pipeline, clock: LaterClock) -> None:
    context = pipeline.context
    add_person(context, Role.ADMIN, "ann")
    add_person(context, Role.OPERATOR, "bob")
    scopes = {Permission.READ, Permission.REPLAY}
    short, long = (
        create_token(context, "bob", "robot", scopes, lasts=lasts, actor="ann") for lasts in (timedelta(days=1), None)
    )
    person = person_of_token(context, long.secret)
    assert person is not None
    assert person.permissions == scopes
    set_role(context, "bob", Role.STAFF, actor="ann")
    person = person_of_token(context, long.secret)
    assert person is not None
    assert person.permissions == {Permission.READ}
    clock.pass_time(days=2)
    assert person_of_token(context, short.secret) is None
    assert [token.last_used_at is not None for token in list_tokens(context, "bob")].count(True) == 1


def test_a_revoked_token_and_one_of_a_disabled_user_stand_for_nobody(pipeline: Pipeline) -> None:
    context = pipeline.context
    add_person(context, Role.ADMIN, "ann")
    add_person(context, Role.STAFF, "bob")
    tokens = [
        create_token(context, name, "robot", {Permission.READ}, lasts=None, actor="ann") for name in ("ann", "bob")
    ]
    revoke_token(context, tokens[0].token.id, actor="ann")
    disable_user(context, "bob", actor="ann")
    assert [person_of_token(context, token.secret) for token in tokens] == [None, None]
    assert person_of_token(context, "crossdock_unknown") is None
