"""crossdock orders timeline, personal-data and import."""

from tests.builders import HOME, ORDER_ID
from tests.cli.conftest import Shell


def test_a_timeline_and_the_look_at_the_address_before_it(imported: Shell) -> None:
    shown = imported.ok("orders", "personal-data", ORDER_ID, "--who", "ann")
    assert HOME.line1 is not None
    assert HOME.line1 in shown.out
    entries = imported.ok("orders", "timeline", ORDER_ID, "--json").json["entries"]
    assert [entry["who"] for entry in entries if entry["kind"] == "look"] == ["ann"]
    assert HOME.line1 not in imported.ok("orders", "timeline", ORDER_ID).out


def test_an_imported_order_is_not_imported_again(imported: Shell) -> None:
    refused = imported.run("orders", "import", ORDER_ID)
    assert (refused.code, "Its Commerce order is 000000001." in refused.err) == (1, True)
