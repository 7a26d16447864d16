"""crossdock orders views: the saved views that the console shows a user."""

from tests.cli.conftest import Shell
from tests.web.people import PASSWORD


def test_a_view_is_saved_listed_replaced_and_deleted(shell: Shell) -> None:
    shell.ok("users", "add", "ann", text=f"{PASSWORD}\n")
    saved = shell.ok("orders", "views", "save", "ann", "Late orders", "--status", "Error", "--sort", "total", "--json")
    assert saved.json == {"name": "Late orders", "query": "status=Error&sort=total"}
    shell.ok("orders", "views", "save", "ann", "Late orders", "--status", "Unshipped", "--total-min", "5")
    assert shell.ok("orders", "views", "list", "ann", "--json").json == [
        {"name": "Late orders", "query": "status=Unshipped&total_min=5"}
    ]
    assert shell.ok("orders", "views", "list", "ann").out == "NAME\tQUERY\nLate orders\tstatus=Unshipped&total_min=5\n"
    assert shell.ok("orders", "views", "delete", "ann", "Late orders", "--json").json == {"name": "Late orders"}
    assert shell.ok("orders", "views", "list", "ann", "--json").json == []
    assert shell.run("orders", "views", "delete", "ann", "Late orders").code == 1


def test_a_view_of_an_unknown_user_and_one_of_a_wrong_filter_are_refused(shell: Shell) -> None:
    shell.ok("users", "add", "ann", text=f"{PASSWORD}\n")
    unknown = shell.run("orders", "views", "save", "bob", "Late")
    assert (unknown.code, unknown.err) == (1, "crossdock: There is no user bob.\n")
    wrong = shell.run("orders", "views", "save", "ann", "Late", "--total-min", "9", "--total-max", "5")
    assert (wrong.code, "is above the highest" in wrong.err) == (1, True)
