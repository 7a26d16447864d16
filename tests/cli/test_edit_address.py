"""crossdock orders edit-address: unblocked orders, refusals, and no personal data in its output."""

from pathlib import Path

from tests.builders import HOME, ORDER_ID, STORE_ID
from tests.cli.conftest import Shell


def test_an_edited_address_unblocks_the_order(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.sell(1, shipping_address=HOME.model_copy(update={"region": "Nowhere"}))
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["blocked_on"][0]["kind"] == "address"
    answer = shell.ok("orders", "edit-address", ORDER_ID, "--region", "NY", "--postal-code", "10001")
    assert answer.out == f"Order {ORDER_ID}: Shipping address edited (postal_code, region).\n"
    shell.work()
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["import_state"] == "imported"
    assert shell.ok("dead-letters", "list", "--state", "all", "--json").json[0]["state"] == "resolved"


def test_an_unknown_region_is_refused_with_the_nearest_and_never_repeated(imported: Shell) -> None:
    answer = imported.run("orders", "edit-address", ORDER_ID, "--region", "Califronia")
    assert answer.code == 1
    assert "region: none that Commerce knows in US; nearest of the accepted: California, " in answer.err
    assert "Califronia" not in answer.err


def test_a_phone_and_a_company_can_be_edited_and_unblock_the_order(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID, "--missing-phone", "block", "--integrated-at", "2000-01-01T00:00:00Z")
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.sell(1)
    (blocker,) = shell.ok("orders", "show", ORDER_ID, "--json").json["blocked_on"]
    assert blocker["kind"] == "address"
    assert shell.ok("orders", "explain", ORDER_ID, "--json").json["address"]["fields"]["phone"] == "refused"
    answer = shell.ok("orders", "edit-address", ORDER_ID, "--phone", "555-0142", "--company", "Test Widgets")
    assert answer.out == f"Order {ORDER_ID}: Shipping address edited (company, phone).\n"
    shell.work()
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["import_state"] == "imported"


def test_an_order_without_any_address_is_unblocked_by_entering_one(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.sell(1, shipping_address=None, buyer=None)
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["blocked_on"][0]["kind"] == "personal_data"
    whole = HOME.model_dump(include={"name", "line1", "city", "region", "postal_code", "country_code"})
    options = [part for field, value in whole.items() for part in (f"--{field.replace('_', '-')}", value)]
    shell.ok("orders", "edit-address", ORDER_ID, *options)
    shell.work()
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["import_state"] == "imported"


def test_an_address_is_neither_printed_nor_stored_in_plain_text(shell: Shell, tmp_path: Path) -> None:
    shell.sell(1)
    edited = shell.ok("orders", "edit-address", ORDER_ID, "--line1", "77 Invented Lane")
    shown = shell.ok("orders", "show", ORDER_ID)
    history = shell.ok("orders", "history", ORDER_ID)
    assert "Invented" not in edited.out + edited.err + shown.out + history.out
    assert b"Invented" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_wrong_address_is_refused_by_the_field_alone(imported: Shell) -> None:
    answer = imported.run("orders", "edit-address", ORDER_ID, "--country-code", "Atlantis")
    assert answer.code == 1
    assert "country_code" in answer.err
    assert "ATLANTIS" not in answer.err


def test_an_address_edit_of_nothing_is_wrong_usage(imported: Shell) -> None:
    assert imported.run("orders", "edit-address", ORDER_ID).code == 2


def test_an_edit_after_the_import_warns_that_commerce_keeps_its_address(imported: Shell) -> None:
    assert "000000001" in imported.ok("orders", "edit-address", ORDER_ID, "--city", "Othertown").out
