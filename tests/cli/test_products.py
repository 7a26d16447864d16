"""crossdock products: the catalog, its import, and listings matched to products."""

import json
from pathlib import Path

import pytest

from tests.builders import ORDER_ID, STORE_ID, an_item
from tests.cli.conftest import Shell


def test_a_product_is_created_and_then_changed(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--name", "Thing", "--asin", "B000000001", "--quantity", "3")
    shell.ok("products", "set", "SKU-1", "--disable")
    assert shell.ok("products", "list", "--json").json == [
        {
            "sku": "SKU-1",
            "name": "Thing",
            "asin": "B000000001",
            "enabled": False,
            "managed": True,
            "quantity": 3,
            "reserved": 0,
            "salable": 3,
        }
    ]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("SKU-1", "--quantity", "9" * 23), "Invalid value for '--quantity'"),
        (("x" * 201,), "sku: String should have at most 200 characters."),
        (("SKU-1", "--asin", "x" * 201), "asin: String should have at most 200 characters."),
        (("SKU-1", "--name", ""), "name: String should have at least 1 character."),
    ],
)
def test_an_invalid_product_is_wrong_usage_reported_in_one_sentence(
    shell: Shell, words: tuple[str, ...], reason: str
) -> None:
    answer = shell.run("products", "set", *words)
    assert (answer.code, answer.out) == (2, "")
    assert reason in " ".join(answer.err.split())
    assert "pydantic" not in answer.err
    assert shell.ok("products", "list", "--json").json == []


def test_a_product_of_a_listing_has_a_maximum_quantity(shell: Shell) -> None:
    shell.sell(1)
    assert shell.run("products", "create", STORE_ID, "SKU-1", "--quantity", "9" * 23).code == 2


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ((), ("--quantity", "5")),
        (("--quantity", "5", "--disable"), ("--enable",)),
        (("--quantity", "0"), ("--quantity", "1")),
        (("--quantity", "0"), ("--no-manage-stock",)),
    ],
)
def test_a_change_of_the_catalog_imports_the_order_that_waits_for_it(
    shell: Shell, first: tuple[str, ...], then: tuple[str, ...]
) -> None:
    if first:
        shell.ok("products", "set", "SKU-1", *first)
    shell.sell(1)
    assert _state(shell) == "blocked"
    shell.ok("products", "set", "SKU-1", *then)
    shell.work()
    assert _state(shell) == "imported"


def test_csv_is_imported_and_broken_lines_are_reported_by_number(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text(
        "\ufeffSKU,Name,quantity,managed,\n"
        "SKU-1,Thing,5,,\n"
        "SKU-2,Other,many,,\n"
        ",Nameless,1,,\n"
        "\n"
        '"SKU-3","Free ""thing""",,no,,\n'
        "SKU-4,Cup,1,,6\n"
        "SKU-5,Cup,1,,,6\n",
        "utf-8",
    )
    answer = shell.run("products", "import", str(file))
    assert answer.code == 1
    assert answer.out == "2 products saved, 4 lines refused.\n"
    assert [line.split(":")[0] for line in answer.err.splitlines()] == ["line 3", "line 4", "line 7", "line 8"]
    assert answer.err.count("A cell is under no column of the first line.") == 2
    found = {product["sku"]: product for product in shell.ok("products", "list", "--json").json}
    assert found["SKU-1"]["quantity"] == 5
    assert (found["SKU-3"]["name"], found["SKU-3"]["managed"]) == ('Free "thing"', False)


@pytest.mark.parametrize("sku", ["=HYPERLINK(1)", "-CUP", "@CUP", "+CUP", "\uff1dCUP", "'=CUP"])
def test_a_list_in_a_pipe_has_no_formula_and_can_be_imported_again(shell: Shell, sku: str) -> None:
    shell.ok("products", "import", "-", text=json.dumps({"sku": sku, "quantity": 3}))
    head, line = shell.ok("products", "list").out.splitlines()
    shown = line.split("\t")[0]
    assert (head.split("\t")[0], shown) == ("SKU", f"'{sku}")
    shell.ok("products", "import", "-", text=f"sku,quantity\n{shown},4\n")
    (product,) = shell.ok("products", "list", "--json").json
    assert (product["sku"], product["quantity"]) == (sku, 4)


def test_json_lines_are_imported_on_top_of_existing_products(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--name", "Thing", "--quantity", "5")
    lines = '{"sku":"SKU-1","quantity":7}\n\n{"sku":"SKU-2","enabled":false}\n'
    assert shell.ok("products", "import", "-", text=lines).out == "2 products saved, 0 lines refused.\n"
    first, second = shell.ok("products", "list", "--json").json
    assert (first["name"], first["quantity"]) == ("Thing", 7)
    assert (second["name"], second["enabled"]) == ("SKU-2", False)


def test_an_import_leaves_reservations_unchanged(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.sell(1)
    shell.ok("products", "import", "-", text="sku,quantity\nSKU-1,9\n")
    (product,) = shell.ok("products", "list", "--json").json
    assert (product["quantity"], product["reserved"], product["salable"]) == (9, 1, 8)


def test_a_column_or_field_that_no_product_has_is_refused_by_its_name(shell: Shell) -> None:
    answer = shell.run("products", "import", "-", text="sku,qty\nSKU-1,5\n")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("crossdock: The file's column qty is none of sku, name,")
    answer = shell.run("products", "import", "-", text='{"sku":"SKU-1","qty":5}\n')
    assert (answer.code, answer.err) == (1, "line 1: qty: Extra inputs are not permitted.\n")
    assert shell.ok("products", "list", "--json").json == []


@pytest.mark.parametrize("text", [b"name,quantity\nThing,1\n", "sku,name\nSKU-1,Caf\xe9\n".encode("latin-1")])
def test_a_file_without_products_is_refused_in_one_sentence(shell: Shell, text: bytes) -> None:
    answer = shell.run("products", "import", "-", text=text)
    assert answer.code == 1
    assert answer.err.startswith("crossdock: The file ")
    assert answer.err.count("\n") == 1


def test_a_match_imports_the_order_that_waits_for_it(shell: Shell) -> None:
    shell.ok("products", "set", "MUG", "--quantity", "5")
    shell.sell(1)
    answer = shell.ok("products", "match", STORE_ID, "SKU-1", "MUG")
    assert answer.out.endswith("Import requested for 1 waiting order.\n")
    shell.work()
    shown = shell.ok("orders", "show", ORDER_ID, "--json").json
    assert (shown["import_state"], shown["items"][0]["sku"]) == ("imported", "MUG")
    (listing,) = shell.ok("products", "list", "--listings", "--json").json
    assert (listing["matched"], listing["product"], listing["orders"]) == ("MUG", "MUG", 1)


def test_a_match_needs_an_existing_store_and_product(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID)
    missing = shell.run("products", "match", STORE_ID, "SKU-1", "MUG")
    assert (missing.code, "no product MUG" in missing.err) == (1, True)
    shell.ok("products", "set", "MUG")
    nowhere = shell.run("products", "match", "nowhere", "SKU-1", "MUG")
    assert (nowhere.code, "no store nowhere" in nowhere.err) == (1, True)


def test_a_match_can_be_removed_once(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID)
    shell.ok("products", "set", "MUG")
    shell.ok("products", "match", STORE_ID, "SKU-1", "MUG")
    shell.ok("products", "unmatch", STORE_ID, "SKU-1")
    again = shell.run("products", "unmatch", STORE_ID, "SKU-1")
    assert (again.code, again.err) == (1, f"crossdock: The listing SKU-1 of store {STORE_ID} is not matched.\n")


def test_listings_are_matched_automatically_by_sku_and_asin(shell: Shell) -> None:
    items = tuple(an_item(number, seller_sku=sku, asin=asin) for number, (sku, asin) in enumerate(LISTINGS))
    shell.sell(items=items)
    for sku, asin in (("mug", ""), ("B000000002", ""), ("book", "B000000003")):
        shell.ok("products", "set", sku, "--quantity", "5", *(("--asin", asin) if asin else ()))
    answer = shell.ok("products", "match", "--automatic", STORE_ID)
    assert answer.out.splitlines() == [
        f"{STORE_ID} LAMP is product B000000002",
        f"{STORE_ID} MUG is product mug",
        "2 listings matched.",
    ]
    found = {one["seller_sku"]: one["product"] for one in shell.ok("products", "list", "--listings", "--json").json}
    assert found == {"MUG": "mug", "LAMP": "B000000002", "BOOK": "book", "KITE": None}
    shell.ok("products", "set", "KITE", "--quantity", "1")
    shell.work()
    assert _state(shell) == "imported"


LISTINGS = (("MUG", "B000000001"), ("LAMP", "B000000002"), ("BOOK", "B000000003"), ("KITE", None))


@pytest.mark.parametrize("words", [(), (STORE_ID,), (STORE_ID, "SKU-1"), ("--automatic", STORE_ID, "SKU-1", "MUG")])
def test_a_match_of_half_a_pair_is_wrong_usage(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell.run("products", "match", *words).code == 2


def test_a_product_is_created_from_its_listing(shell: Shell) -> None:
    shell.sell(items=(an_item(seller_sku="LISTED", asin="B000000001", title="Blue Thing"),))
    (product,) = shell.ok("products", "create", STORE_ID, "LISTED", "--quantity", "2", "--json").json
    assert (product["sku"], product["name"], product["quantity"]) == ("B000000001", "Blue Thing", 2)
    shell.work()
    assert _state(shell) == "imported"
    again = shell.run("products", "create", STORE_ID, "LISTED")
    assert (again.code, "There is a product B000000001 already" in again.err) == (1, True)


def test_a_product_cannot_be_created_from_a_listing_that_no_order_has(shell: Shell) -> None:
    answer = shell.run("products", "create", STORE_ID, "NEVER-SOLD")
    assert (answer.code, "NEVER-SOLD" in answer.err) == (1, True)


def test_a_pipe_gets_plain_lines_and_no_terminal_codes(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--name", "Thing\x1b[31m\twith colours")
    lines = shell.ok("products", "list").out.splitlines()
    assert lines[0] == "SKU\tNAME\tASIN\tENABLED\tSTOCK\tRESERVED"
    assert lines[1] == "SKU-1\tThing\\x1b[31m with colours\t-\tyes\t0\t0"


def _state(shell: Shell) -> str:
    state: str = shell.ok("orders", "show", ORDER_ID, "--json").json["import_state"]
    return state


def test_listings_that_block_orders_are_listed_with_their_number_of_orders(shell: Shell) -> None:
    shell.sell(1)
    (listing,) = shell.ok("products", "unmatched", "--json").json
    assert (listing["seller_sku"], listing["orders"]) == ("SKU-1", 1)
    assert "SKU-1" in shell.ok("products", "unmatched").out
