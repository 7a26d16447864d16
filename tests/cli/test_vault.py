"""crossdock vault: keys that are needed, the change of a key, the public key, and who looked at personal data."""

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from schemas.personal import Buyer
from tests.builders import HOME, ORDER_ID, STORE_ID, placed
from tests.cli.conftest import Shell
from tests.harness import event_of, message_of

OLD, NEW = (b64encode(bytes([number]) * 32).decode() for number in (1, 2))


@pytest.fixture
def use_keys(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the vault's keys."""
    return lambda *keys: monkeypatch.setenv("CROSSDOCK_VAULT_KEY", ",".join(keys))


def test_a_key_is_changed_step_by_step(shell: Shell, use_keys: Callable[..., None]) -> None:
    use_keys(OLD)
    shell.sell(1)
    use_keys(NEW, OLD)
    first, second = shell.ok("vault", "keys", "--json").json
    assert (first["first"], second["given"], second["needed"]) == (True, True, True)
    assert second["rows"]["vault"] == 1
    assert shell.ok("vault", "rewrap", "--json").json["unreadable"] == 0
    assert "nothing: it can be destroyed" in shell.ok("vault", "keys").out
    use_keys(NEW)
    shell.ok("orders", "edit-address", ORDER_ID, "--line2", "Flat 7")


def test_a_key_that_data_needs_and_nobody_gives_ends_with_1(shell: Shell, use_keys: Callable[..., None]) -> None:
    use_keys(OLD)
    shell.sell(1)
    use_keys(NEW, OLD)
    shell.publish(placed(amazon_order_id="123-1234567-0000002", buyer=Buyer(name="Test Buyer")))
    use_keys(NEW)
    answer = shell.run("vault", "keys")
    assert answer.code == 1
    assert "\tno\t" in answer.out
    assert shell.run("vault", "rewrap").code == 1
    doctor = shell.run("doctor")
    assert doctor.code == 1
    assert "keys that are not given" in doctor.out + doctor.err


def test_the_public_key_is_a_jwk_of_the_first_key(shell: Shell, use_keys: Callable[..., None]) -> None:
    use_keys(NEW, OLD)
    published = shell.ok("vault", "public-key").json
    assert ECKey.import_key(published).is_private is False
    assert published["kid"] == shell.ok("vault", "keys", "--json").json[0]["key_id"]


def test_a_look_at_values_is_recorded_with_order_and_fields(shell: Shell) -> None:
    document = event_of(placed(shipping_address=HOME))
    document["data"]["fulfillment_channel"] = "WRONG"
    shell.receive("order-placed", message_of(document, "order.placed"))
    (letter,) = shell.ok("dead-letters", "list", "--json").json
    edit = ("dead-letters", "edit", letter["id"], "--set", "data.shipping_address.line1=9 Other Street", "--yes")
    shell.run(*edit)
    assert shell.ok("vault", "audit", "--json").json == []
    shell.ok(*edit, "--set", "data.fulfillment_channel=MFN", "--show-values", "--who", "Ada")
    (look,) = shell.ok("vault", "audit", "--json").json
    assert (look["who"], look["subject"], look["action"]) == ("Ada", letter["id"], "personal_data.look")
    assert look["details"]["order"] == ORDER_ID
    assert look["details"]["store"] == STORE_ID
    assert "data.shipping_address.line1" in look["details"]["seen"]
    assert "Other Street" not in json.dumps(look)


def test_an_address_comes_from_a_file_or_standard_input(imported: Shell, tmp_path: Path) -> None:
    file = tmp_path / "address.json"
    file.write_text(json.dumps({"line1": "9 Other Street", "country_code": "us"}))
    answer = imported.ok("orders", "edit-address", ORDER_ID, "--file", str(file))
    assert answer.out.startswith(f"Order {ORDER_ID}: Shipping address edited (country_code, line1).\n")
    answer = imported.ok(
        "orders", "edit-address", ORDER_ID, "--file", "-", "--city", "Othertown", text='{"line2": "x"}'
    )
    assert "(city, line2)" in answer.out


@pytest.mark.parametrize("text", ["Secret Lane", "[1]", '{"Secret Lane": "x"}', '{"line1": 7}'])
def test_a_wrong_address_file_is_wrong_usage_and_not_repeated(imported: Shell, text: str) -> None:
    answer = imported.run("orders", "edit-address", ORDER_ID, "--file", "-", text=text)
    assert answer.code == 2
    assert "Secret" not in answer.err


def test_an_address_file_that_is_too_large_is_refused_and_not_repeated(imported: Shell) -> None:
    answer = imported.run("orders", "edit-address", ORDER_ID, "--file", "-", text='{"line1": "' + "Secret" * 20_000)
    assert answer.code == 1
    assert "more than 65,536 bytes" in answer.err
    assert "Secret" not in answer.err


def test_a_reason_that_repeats_the_buyers_name_is_refused(shell: Shell) -> None:
    shell.sell(1, buyer=Buyer(name="Test Buyer"))
    answer = shell.run("orders", "accept-total", ORDER_ID, "--total", "10.00", "--reason", "agreed with Test Buyer")
    assert answer.code == 1
    assert "repeats the buyer's data (name)" in answer.err
    assert "Test Buyer" not in answer.err
