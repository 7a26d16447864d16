"""crossdock users and tokens."""

import pytest

from tests.cli.conftest import Shell
from tests.web.people import PASSWORD


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
