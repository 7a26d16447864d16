"""crossdock users and tokens."""

import pytest

from operations.people.sign_in import SignInRefusedError, sign_in
from tests.cli.conftest import Shell
from tests.web.people import PASSWORD
from workers.process.bootstrap import opened_context


@pytest.fixture
def ann(shell: Shell) -> Shell:
    """A shell with the admin ann."""
    shell.ok("users", "add", "ann", "--role", "admin", "--who", "root", text=f"{PASSWORD}\n")
    return shell


def test_a_user_is_listed_with_their_role_and_without_their_password(ann: Shell) -> None:
    (user,) = ann.ok("users", "list", "--json").json
    assert (user["name"], user["role"], user["is_active"]) == ("ann", "admin", True)
    assert "password" not in ann.ok("users", "list", "--json").out


def test_the_last_admin_stays_admin_and_active(ann: Shell) -> None:
    for words in (("set-role", "ann", "--role", "viewer"), ("disable", "ann")):
        refused = ann.run("users", *words)
        assert refused.code == 1
        assert "ann is the only admin" in refused.err


def test_names_and_passwords_that_are_unfit_are_refused(ann: Shell) -> None:
    for name, password, sentence in (
        ("ann", PASSWORD, "The user ann exists already."),
        ("Ann", PASSWORD, "lower-case"),
        ("bob", "too short", "12 to 256 characters"),
    ):
        refused = ann.run("users", "add", name, text=f"{password}\n")
        assert refused.code == 1
        assert sentence in refused.err


def test_a_token_is_shown_once_and_may_do_no_more_than_its_user(ann: Shell) -> None:
    ann.ok("users", "add", "bob", "--role", "staff", text=f"{PASSWORD}\n")
    refused = ann.run("tokens", "create", "bob", "--label", "robot", "--scope", "replay")
    assert (refused.code, "The role staff may not replay." in refused.err) == (1, True)
    token = ann.ok("tokens", "create", "bob", "--label", "robot", "--scope", "act_on_orders", "--json").json
    assert token["scopes"] == ["act_on_orders", "read"]
    (listed,) = ann.ok("tokens", "list", "--json").json
    assert listed == {name: value for name, value in token.items() if name != "token"}
    ann.ok("tokens", "revoke", token["id"])
    assert ann.run("tokens", "revoke", token["id"]).code == 1


def test_a_user_gets_another_role_is_disabled_and_enabled(ann: Shell) -> None:
    ann.ok("users", "add", "bob", text=f"{PASSWORD}\n")
    assert ann.ok("users", "set-role", "bob", "--role", "staff").out == "bob is staff now.\n"
    assert ann.ok("users", "disable", "bob").out == "bob is disabled.\n"
    assert "\nbob\tstaff\tno\t" in ann.ok("users", "list").out
    assert ann.ok("users", "enable", "bob").out == "bob may sign in as staff.\n"


def test_a_user_signs_in_with_the_new_password_only(ann: Shell) -> None:
    new = "another correct horse"
    assert ann.ok("users", "set-password", "ann", text=f"{new}\n").out == "ann signs in with the new password.\n"
    with opened_context() as context:
        assert sign_in(context, "ann", new, "192.0.2.1").secret
        with pytest.raises(SignInRefusedError):
            sign_in(context, "ann", PASSWORD, "192.0.2.1")


def test_a_token_is_printed_alone_and_listed_without_its_secret_until_it_is_revoked(ann: Shell) -> None:
    created = ann.ok("tokens", "create", "ann", "--label", "robot", "--days", "30")
    secret = created.out.strip()
    token_id = created.err.split()[1]
    listed = ann.ok("tokens", "list").out
    assert f"\n{token_id}\tann\trobot\tread\t" in listed
    assert secret not in listed
    assert ann.ok("tokens", "revoke", token_id).out == f"Token {token_id} is revoked.\n"
    assert not ann.ok("tokens", "list").out.endswith("\t-\n")
