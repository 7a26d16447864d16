"""crossdock read-only: the state of the mode, and its release."""

from contextlib import closing

from operations.read_only import recognize_database
from schemas.settings import read_settings
from tests.cli.conftest import Shell
from workers.process.bootstrap import open_ledger


def test_it_is_shown_switched_and_released(shell: Shell) -> None:
    shell.ok("stores", "list")
    with closing(open_ledger(read_settings())) as ledger:
        recognize_database(ledger)
    assert shell.ok("read-only", "show").out.startswith("Read-only mode is off. The database is ")
    shell.ok("read-only", "on", "--reason", "drill")
    assert "drill" in shell.ok("read-only", "show").out
    assert "Read-only mode since" in shell.ok("orders", "list").err
    assert shell.ok("read-only", "show", "--json").json["mode"]["reason"] == "drill"
    assert shell.run("read-only", "release").code == 2
    assert "Read-only mode is off" in shell.ok("read-only", "release", "--yes").out
    assert shell.run("read-only", "release", "--yes").code == 1


def test_a_release_asks_at_a_terminal_and_a_no_changes_nothing(shell: Shell) -> None:
    shell.ok("read-only", "on", "--reason", "drill")
    code, shown = shell.at_terminal("read-only", "release", typed="n\n")
    assert code == 1
    assert "Send 0 changes and all that follow to Amazon and Commerce? [y/N]" in shown
    assert shell.ok("read-only", "show", "--json").json["mode"]["reason"] == "drill"
    code, shown = shell.at_terminal("read-only", "release", typed="y\nthe drill is over\n")
    assert (code, "Read-only mode is off." in shown) == (0, True)
