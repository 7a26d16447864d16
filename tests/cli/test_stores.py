"""crossdock stores: adding, changing, and orders that follow the settings."""

from datetime import UTC, datetime

import pytest

from tests.builders import ORDER_ID, STORE_ID, placed, usd
from tests.cli.conftest import Shell


def test_a_new_store_has_the_documented_defaults(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID)
    (store,) = shell.ok("stores", "list", "--json").json
    assert (store["store_id"], store["name"], store["marketplace_id"]) == (STORE_ID, STORE_ID, None)
    assert store["integrated_at"].endswith("Z")
    assert store["settings"] == {
        "import_orders": True,
        "commerce_store_view": "default",
        "customer_creation": "guest",
        "order_number_source": "commerce",
        "order_status": "default",
        "processing_status": None,
        "reserve_quantity": False,
        "inventory_management": True,
        "missing_phone": "allow",
        "require_tracking": True,
    }


def test_every_setting_can_be_set(shell: Shell) -> None:
    options = (
        *("--name", "Test Shop", "--marketplace-id", "ATVPDKIKX0DER", "--integrated-at", "2026-01-01T10:00:00+02:00"),
        *("--no-import-orders", "--commerce-store-view", "us", "--customer-creation", "new"),
        *("--order-number-source", "amazon", "--order-status", "custom", "--processing-status", "picked"),
        *("--reserve-quantity", "--no-inventory-management", "--missing-phone", "block", "--no-require-tracking"),
    )
    store = shell.ok("stores", "add", STORE_ID, *options, "--json").json
    assert store == shell.ok("stores", "show", STORE_ID, "--json").json
    assert store["integrated_at"] == "2026-01-01T08:00:00Z"
    assert store["settings"] == {
        "import_orders": False,
        "commerce_store_view": "us",
        "customer_creation": "new",
        "order_number_source": "amazon",
        "order_status": "custom",
        "processing_status": "picked",
        "reserve_quantity": True,
        "inventory_management": False,
        "missing_phone": "block",
        "require_tracking": False,
    }


def test_a_store_is_added_once(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID)
    answer = shell.run("stores", "add", STORE_ID, "--name", "Another")
    assert answer.code == 1
    assert answer.err == (f"crossdock: The store {STORE_ID} exists already; change it with `crossdock stores set`.\n")
    assert shell.ok("stores", "show", STORE_ID, "--json").json["name"] == STORE_ID


def test_a_change_leaves_other_settings_unchanged(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID, "--name", "Test Shop", "--commerce-store-view", "us")
    shell.ok("stores", "set", STORE_ID, "--name", "Other Shop")
    store = shell.ok("stores", "show", STORE_ID, "--json").json
    assert (store["name"], store["settings"]["commerce_store_view"]) == ("Other Shop", "us")


@pytest.mark.parametrize("command", ["show", "set"])
def test_an_unknown_store_is_refused(shell: Shell, command: str) -> None:
    options = ("--name", "x") if command == "set" else ()
    answer = shell.run("stores", command, "nowhere", *options)
    assert (answer.code, answer.err) == (1, "crossdock: There is no store nowhere; see `crossdock stores list`.\n")


@pytest.mark.parametrize("options", [(), ("--integrated-at", "soon"), ("--customer-creation", "rich")])
def test_a_change_of_nothing_or_to_nonsense_is_wrong_usage(shell: Shell, options: tuple[str, ...]) -> None:
    shell.ok("stores", "add", STORE_ID)
    assert shell.run("stores", "set", STORE_ID, *options).code == 2


def test_a_name_that_is_empty_is_refused(shell: Shell) -> None:
    answer = shell.run("stores", "add", STORE_ID, "--name", "")
    assert (answer.code, "name:" in answer.err) == (1, True)


def test_orders_follow_when_the_import_is_switched_on_and_off(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID, "--no-import-orders", "--integrated-at", "2026-01-01")
    shell.sell(1)
    assert _state(shell) == "view_only"
    shell.ok("stores", "set", STORE_ID, "--import-orders")
    assert _state(shell) == "requested"
    shell.work()
    assert _state(shell) == "blocked"
    shell.ok("stores", "set", STORE_ID, "--no-import-orders")
    shown = shell.ok("orders", "show", ORDER_ID, "--json").json
    assert (shown["import_state"], shown["blocked_on"]) == ("view_only", [])
    assert shown["history"][-1] == {
        "time": shown["history"][-1]["time"],
        "event": "operator.store_settings",
        "note": "Store settings changed; the order's import is now view only.",
    }
    assert shell.ok("dead-letters", "list", "--state", "all", "--json").json[0]["state"] == "resolved"
    assert shell.ok("orders", "list", "--json").json["system_message"] is None


def test_orders_follow_when_the_integration_is_moved_before_them(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID, "--integrated-at", "2026-06-01")
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.sell(1)
    assert _state(shell) == "view_only"
    shell.ok("stores", "set", STORE_ID, "--integrated-at", "2026-01-01")
    shell.work()
    assert _state(shell) == "imported"


def test_orders_of_other_stores_stay_as_they_are(shell: Shell) -> None:
    shell.publish(placed(status="Unshipped", store_id="second"))
    before = shell.ok("orders", "show", ORDER_ID, "--json").json
    shell.ok("stores", "add", STORE_ID)
    shell.ok("stores", "set", STORE_ID, "--no-import-orders")
    assert shell.ok("orders", "show", ORDER_ID, "--json").json == before


def _state(shell: Shell) -> str:
    state: str = shell.ok("orders", "show", ORDER_ID, "--json").json["import_state"]
    return state


def test_order_settings_are_shown_with_options_and_defaults(shell: Shell) -> None:
    shell.ok("stores", "add", "us")
    fields = {field["name"]: field for field in shell.ok("stores", "settings", "us", "--json").json["fields"]}
    assert fields["import_orders"]["default"] == "true"
    assert "customer_creation" in shell.ok("stores", "settings", "us").out


def test_the_dashboard_shows_sales_counts_and_recent_orders(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID, "--name", "Test Shop", "--integrated-at", "2026-01-01")
    shell.publish(placed(order_total=usd("9.50"), purchase_date=datetime.now(UTC)))
    figures = shell.ok("stores", "dashboard", STORE_ID, "--json", "--days", "30").json
    amounts = [day["total"]["amount"] for day in figures["sales"][0]["days"]]
    assert (len(amounts), [amount for amount in amounts[-2:] if amount != "0.00"]) == (30, ["9.50"])  # a day may end
    shown = shell.ok("stores", "dashboard", STORE_ID).out
    assert "Sales of the last 7 days: 9.50 USD (nothing in the 7 days before)" in shown
    assert ORDER_ID in shown
    answer = shell.run("stores", "dashboard", STORE_ID, "--days", "8")
    assert (answer.code, answer.err) == (1, "crossdock: Sales are shown for 7 or 30 days, not for 8.\n")


def test_the_stores_are_shown_at_a_glance_as_on_the_home_page(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID, "--name", "Test Shop")
    (card,) = shell.ok("stores", "cards", "--json").json
    assert (card["store"]["store_id"], card["orders"], card["sales"], card["waiting"]) == (STORE_ID, 0, [], 0)
    assert "Test Shop" in shell.ok("stores", "cards").out
