"""crossdock orders explain: every decision about an order's import, when blocked and now, and its remedies."""

import re

import pytest

from tests.builders import HOME, ORDER_ID, STORE_ID, an_item, changed, placed, shipped, usd
from tests.cli.conftest import Shell


def test_explain_shows_each_line_from_listing_to_matrix_cell(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.ok("products", "set", "SKU-2", "--disable")
    shell.sell(1, 2, 3)
    explanation = shell.ok("orders", "explain", ORDER_ID, "--json").json
    first, second, third = explanation["lines"]
    assert (first["found_by"], first["stock"], first["salable"]) == ("sku", "in_stock", 5)
    assert first["cell"] == {"create": True, "reserve": True}
    assert second["enabled"] is False
    assert (third["sku"], third["cell"]) == (None, None)
    assert {blocker["kind"] for blocker in explanation["blocked_on"]} == {"product_disabled", "product_missing"}
    assert (explanation["address"]["needed"], explanation["address"]["present"]) == (True, True)
    assert explanation["money"]["adds_up"] is True


def test_explain_looks_products_up_in_commerce_again(shell: Shell) -> None:
    shell.sell(1)
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    explanation = shell.ok("orders", "explain", ORDER_ID, "--json").json
    assert explanation["import_state"] == "blocked"
    assert explanation["outcome"] == 'It is created in Commerce at the next import, with status "processing".'
    assert explanation["blocked_on"] == []


@pytest.mark.parametrize(
    ("store", "status", "outcome"),
    [
        ((), "Pending", "Not due: the matrix creates no order while its Amazon status is Pending."),
        ((), "Canceled", "Canceled on Amazon; no Commerce order is created."),
        (("--no-import-orders",), "Unshipped", "The store's order import is disabled"),
        (("--integrated-at", "2026-06-01"), "Unshipped", "the order was purchased before the store's integration"),
    ],
)
def test_explain_states_why_no_commerce_order_is_created(
    shell: Shell, store: tuple[str, ...], status: str, outcome: str
) -> None:
    shell.ok("stores", "add", STORE_ID, "--integrated-at", "2026-01-01")
    if store:
        shell.ok("stores", "set", STORE_ID, *store)
    shell.sell(1, status=status)
    assert outcome in shell.ok("orders", "explain", ORDER_ID).out


def test_explain_names_who_discarded_an_order_and_announces_no_import(shell: Shell) -> None:
    shell.sell(1)
    shell.ok("dead-letters", "discard", "--order", ORDER_ID, "--reason", "sold elsewhere", "--who", "Clerk", "--yes")
    explanation = shell.ok("orders", "explain", ORDER_ID, "--json").json
    assert re.fullmatch(
        r"Never imported: the order was discarded by Clerk at \S+Z \(sold elsewhere\)\.", explanation["outcome"]
    )
    assert explanation["blocked_on"] == []
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    assert "next import" not in shell.ok("orders", "explain", ORDER_ID).out


def test_explain_reports_an_amount_out_of_range(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    item = an_item(item_price=None, discount=usd("999999999999.999999"))
    shell.sell(items=(item,), order_total=usd("10"))
    explanation = shell.ok("orders", "explain", ORDER_ID, "--json").json
    assert (explanation["status"], explanation["import_state"]) == ("Error", "blocked")
    assert explanation["money"]["reason"].startswith("An amount of a line comes to more than")


def test_explain_reports_why_amounts_do_not_add_up(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.sell(1, order_total=usd("99.00"))
    explanation = shell.ok("orders", "explain", ORDER_ID, "--json").json
    assert explanation["money"] == {
        "adds_up": False,
        "reason": "The lines add up to 10.00 USD, Amazon's total is 99.00 USD",
        "sum": None,
        "amazon_total": {"currency": "USD", "amount": "99.00"},
        "ways": [{"tax_included": False, "sum": {"currency": "USD", "amount": "10.00"}, "expected": True}],
        "accepted": None,
    }


def test_each_lookup_step_is_shown_with_its_result(shell: Shell) -> None:
    shell.ok("products", "set", "CUP", "--asin", "B000000001", "--quantity", "5")
    shell.sell(items=(an_item(1, asin="B000000001"), an_item(2, asin="B000000002"), an_item(3)))
    shell.ok("products", "match", STORE_ID, "SKU-3", "CUP")
    first, second, third = shell.ok("orders", "explain", ORDER_ID, "--json").json["lines"]
    assert [(step["by"], step["found"]) for step in first["way"]] == [("match", False), ("sku", False), ("asin", True)]
    assert (first["found_by"], first["sku"]) == ("asin", "CUP")
    assert [step["result"] for step in second["way"]] == [
        "none",
        "SKU-2 is not in the catalog",
        "no product has the ASIN B000000002",
    ]
    assert [(step["by"], step["name"], step["found"]) for step in third["way"]] == [("match", "CUP", True)]


def test_salable_stock_is_shown_when_blocked_and_now(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--quantity", "1")
    shell.sell(items=(an_item(1, quantity=3, item_price=usd("30.00")),))
    history = shell.ok("orders", "history", ORDER_ID, "--json").json
    shell.ok("products", "set", "SKU-1", "--quantity", "2")
    shell.work()
    explanation = shell.ok("orders", "explain", ORDER_ID, "--json").json
    (line,) = explanation["lines"]
    assert (line["then"]["kind"], line["then"]["salable"], line["then"]["still"]) == ("out_of_stock", 1, True)
    assert line["then"]["at"] == next(entry["time"] for entry in history if "not salable" in entry["note"])
    assert (line["salable"], line["stock"]) == (2, "out_of_stock")
    (cause,) = explanation["blocked_on"]
    assert cause["command"] == "crossdock products set SKU-1 --quantity N"
    text = shell.ok("orders", "explain", ORDER_ID).out
    assert "when blocked (20" in text
    assert ", 1 salable" in text
    assert "now: enabled, out of stock, 2 salable" in text
    assert "matrix (MFN, out of stock, Unshipped): does not create the order, reserves nothing" in text


def test_a_cause_that_no_longer_holds_is_shown_as_resolved(shell: Shell) -> None:
    shell.sell(1)
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    text = shell.ok("orders", "explain", ORDER_ID).out
    assert 'Resolved: Product "SKU-1" in order does not exist in the catalog, blocked since 20' in text


def test_the_address_is_shown_by_fields_and_never_by_values(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.sell(1, shipping_address=HOME.model_copy(update={"region": "Nowhere", "postal_code": None}))
    answer = shell.ok("orders", "explain", ORDER_ID, "--json")
    fields = answer.json["address"]["fields"]
    assert (fields["region"], fields["postal_code"], fields["line1"]) == ("refused", "missing", "present")
    assert [cause["kind"] for cause in answer.json["blocked_on"]] == ["address"]
    assert answer.json["outcome"].startswith("Blocked. ")
    text = shell.ok("orders", "explain", ORDER_ID).out
    assert "refused region" in text
    assert not {"Nowhere", "Testville", "1 Test Street", "Test Buyer"} & set((answer.out + text).split('"'))
    assert "Testville" not in answer.out + text
    assert "Nowhere" not in answer.out + text


def test_a_missing_address_is_reported(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.sell(1, shipping_address=None)
    assert "Shipping address: not there yet" in shell.ok("orders", "explain", ORDER_ID).out
    assert shell.ok("orders", "explain", ORDER_ID, "--json").json["address"]["present"] is False


def test_deferred_events_of_an_order_that_was_never_placed_are_shown(shell: Shell) -> None:
    shell.publish(shipped())
    explanation = shell.ok("orders", "explain", ORDER_ID, "--json").json
    assert [event["event"] for event in explanation["early_events"]] == ["commerce.shipped"]
    assert explanation["outcome"].startswith("The order was never placed")
    assert "commerce.shipped of store test-store is deferred until 20" in shell.ok("orders", "explain", ORDER_ID).out
    shell.publish(placed())
    assert shell.ok("orders", "explain", ORDER_ID, "--json").json["import_state"] == "not_due"


def test_dead_letters_about_an_order_are_named(shell: Shell) -> None:
    shell.publish(placed(), changed("Pending"), shipped(items=[{"order_item_id": "stranger", "quantity": 1}]))
    assert "(failed at commerce-shipped)" in shell.ok("orders", "explain", ORDER_ID).out
