"""crossdock products: the catalog of the simulated Commerce, and the product of each listing on Amazon."""

from typing import Annotated

import typer

from cli.command_line import to_json
from cli.lazy_group import LazyCommand, lazy_group
from cli.options.paging import After, Limit, note_next
from cli.terminal.output import AsJson, print_json, print_table, to_seconds
from cli.views.products import print_listings, print_products
from operations.catalog.lists import list_listings, list_products
from operations.catalog.matches import list_matches
from operations.catalog.unmatched import unmatched_listings
from workers.process.bootstrap import opened_context

COMMANDS = {
    "import": LazyCommand("cli.product_changes:import_command", "Add or change products from a file."),
    "set": LazyCommand("cli.product_changes:set_command", "Change a product, or create it."),
    "match": LazyCommand("cli.product_changes:match", "Match a listing to a product."),
    "unmatch": LazyCommand("cli.product_changes:unmatch", "Remove a match."),
    "create": LazyCommand("cli.product_changes:create", "Create the product of a listing, and match them."),
}
"""Commands that import rules of orders, which a list does not need."""

app = typer.Typer(cls=lazy_group(COMMANDS), help="Products: the catalog and its Amazon listings.", no_args_is_help=True)


@app.command("list")
def list_command(
    listings: Annotated[
        bool, typer.Option("--listings", help="List the listings that orders name, and their products.")
    ] = False,
    store: Annotated[str | None, typer.Option(help="With --listings: listings of this store.")] = None,
    limit: Limit = 1000,
    after: After = None,
    as_json: AsJson = False,
) -> None:
    """List the catalog, or with --listings Amazon's listings."""
    with opened_context() as context:
        if listings:
            listed = list_listings(context, store, limit, after)
            print_listings(listed.rows, as_json=as_json)
            note_next(listed.next)
        else:
            products = list_products(context, limit, after)
            print_products(products.rows, as_json=as_json)
            note_next(products.next)


@app.command()
def matches(
    store: Annotated[str | None, typer.Option(metavar="STORE_ID", help="Matches of this store.")] = None,
    limit: Limit = 100,
    after: After = None,
    as_json: AsJson = False,
) -> None:
    """List the matches that people made."""
    with opened_context() as context:
        page = list_matches(context, store, limit, after)
    if as_json:
        print_json(to_json(page.rows))
    else:
        rows = [(match.store_id, match.seller_sku, match.sku) for match in page.rows]
        print_table(("STORE", "SELLER SKU", "PRODUCT"), rows)
    note_next(page.next)


@app.command()
def unmatched(
    store: Annotated[str | None, typer.Option(metavar="STORE_ID", help="Listings of this store.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the listings that block most orders."""
    with opened_context() as context:
        listings = unmatched_listings(context, store)
    if as_json:
        print_json(to_json(listings))
        return
    rows = [
        (
            listing.store_id,
            listing.seller_sku,
            listing.asin,
            listing.title,
            listing.orders,
            to_seconds(listing.since),
            listing.suggested,
        )
        for listing in listings
    ]
    print_table(("STORE", "SELLER SKU", "ASIN", "TITLE", "ORDERS", "SINCE", "SUGGESTED PRODUCT"), rows)
