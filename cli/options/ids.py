"""Arguments and options that name an order, a store, a seller or a replay, the same for every command."""

from typing import Annotated

import typer

OrderId = Annotated[str, typer.Argument(metavar="ID", help="Amazon's order id, such as 111-2222222-3333333.")]
InStore = Annotated[str | None, typer.Option("--store", help="The store, where several have an order of this id.")]
StoreId = Annotated[str, typer.Argument(help="The store's id, as in the events.", metavar="STORE_ID")]
SellerName = Annotated[
    str | None,
    typer.Option("--seller", metavar="NAME", help="The seller, where CROSSDOCK_AMAZON_SELLERS lists several."),
]
ReplayId = Annotated[str, typer.Argument(metavar="ID", help="The replay's id, or the beginning of one.")]
