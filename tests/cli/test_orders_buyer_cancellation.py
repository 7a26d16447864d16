"""A buyer's request to cancel on the command line: blocked, listed, explained, canceled or declined."""

from tests.builders import ORDER_ID, STORE_ID, changed, usd
from tests.cli.conftest import Shell
from tests.handlers.rules.test_buyer_cancellation import wish

REQUEST = "The buyer asked to cancel the order (No need.)"
WISH = wish("item-1", buyer_cancel_reason="No need.")


def test_a_request_blocks_and_is_shown_until_it_is_declined(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.sell(1, **WISH)
    shown = shell.ok("orders", "show", ORDER_ID, "--json").json
    (blocker,) = shown["blocked_on"]
    assert (shown["status"], blocker["kind"], shown["buyer_cancellation"]) == ("Error", "buyer_cancellation", REQUEST)
    assert blocker["command"] == f"crossdock orders cancel {ORDER_ID} --store {STORE_ID} --reason BuyerCanceled"
    assert REQUEST in shell.ok("orders", "list").out
    assert shell.ok("orders", "list", "--json", "--asks-to-cancel").json["orders"][0]["buyer_cancellation"] == REQUEST
    explained = shell.ok("orders", "explain", ORDER_ID).out
    assert f"{REQUEST} (buyer_cancellation)" in explained
    assert "decline-cancel" in explained
    answer = shell.ok("orders", "decline-cancel", ORDER_ID, "--reason", "wants it", "--who", "ann")
    assert answer.out == f"Order {ORDER_ID}: The buyer's request to cancel was declined by ann (wants it).\n"
    shell.work()
    shown = shell.ok("orders", "show", ORDER_ID, "--json").json
    assert (shown["import_state"], shown["buyer_cancellation"]) == ("imported", None)
    assert shown["declined_cancellation"]["who"] == "ann"
    assert shell.ok("orders", "list", "--json", "--asks-to-cancel").json["count"] == 0
    assert "by ann (wants it)" in shell.ok("orders", "show", ORDER_ID).out
    refused = shell.run("orders", "decline-cancel", ORDER_ID, "--reason", "again")
    assert (refused.code, "It was declined by ann" in refused.err) == (1, True)


def test_the_command_that_the_blocker_names_cancels_the_order(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.sell(1, **WISH)
    shell.ok("orders", "cancel", ORDER_ID, "--reason", "BuyerCanceled")
    shell.work()
    (blocker,) = shell.ok("orders", "explain", ORDER_ID, "--json").json["blocked_on"]
    assert blocker["solution"].startswith("Wait until Amazon reports")
    shell.publish(changed("Canceled", 9))
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["status"] == "Canceled"


def test_a_request_for_an_order_in_commerce_is_in_the_list_whatever_its_note_is(imported: Shell) -> None:
    imported.publish(changed("Unshipped", 5, **WISH))
    assert imported.ok("orders", "show", ORDER_ID, "--json").json["note"] == f"{REQUEST}."
    imported.publish(changed("Unshipped", 6, is_prime=True))
    row = imported.ok("orders", "list", "--json").json["orders"][0]
    assert row["note"] == "Order details updated: Prime."
    assert f"{REQUEST}. Order details updated: Prime." in imported.ok("orders", "list").out
    assert f"  {REQUEST}.\n" in imported.ok("orders", "explain", ORDER_ID).out


def test_a_decision_needs_a_reason_and_a_request(imported: Shell) -> None:
    assert imported.run("orders", "decline-cancel", ORDER_ID, "--reason", " ").code == 2
    refused = imported.run("orders", "decline-cancel", ORDER_ID, "--reason", "wants it")
    assert (refused.code, "No request of its buyer is open" in refused.err) == (1, True)


def test_instructions_of_an_order_are_listed_without_personal_data(shell: Shell) -> None:
    gift = {"order_item_id": "item-1", "is_gift": True}
    personal = {"items": [{"order_item_id": "item-1", "gift_message": "Happy birthday"}]}
    of_order = {
        "is_pick_up_point": True,
        "latest_delivery_date": "2026-06-01T00:00:00Z",
        "cash_to_collect": usd("9.00"),
        "programs": ["AMAZON_HAUL"],
    }
    shell.sell(1, instructions=of_order | {"items": [gift]}, personal_instructions=personal)
    shown = shell.ok("orders", "show", ORDER_ID, "--json").json
    assert {one["name"]: one["value"] for one in shown["instructions"]} == {
        "is_pick_up_point": True,
        "latest_delivery_date": "2026-06-01T00:00:00Z",
        "cash_to_collect": {"currency": "USD", "amount": "9.00"},
        "programs": ["AMAZON_HAUL"],
        "is_gift": True,
        "gift_message": None,
    }
    table = shell.ok("orders", "show", ORDER_ID).out
    assert "is_pick_up_point\t-\tyes\tLocker or pick-up point" in table
    assert "cash_to_collect\t-\t9.00 USD\t" in table
    assert "programs\t-\tAMAZON_HAUL\t" in table
    explained = shell.ok("orders", "explain", ORDER_ID).out
    assert "  To be observed\n    Deliver by 2026-06-01 00:00 UTC\n" in explained
    assert "    Locker or pick-up point: use a carrier that delivers there\n" in explained
    assert "    SKU-1: Gift message: personal, in the vault\n" in explained
    assert "Happy birthday" not in explained + shell.ok("orders", "show", ORDER_ID).out
    assert shell.ok("orders", "explain", ORDER_ID, "--json").json["instructions"] == shown["instructions"]
