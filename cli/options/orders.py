"""Arguments and options of the commands about one order."""

from typing import Annotated

import typer

OrderId = Annotated[str, typer.Argument(metavar="ID", help="Amazon's order id, such as 111-2222222-3333333.")]
InStore = Annotated[str | None, typer.Option("--store", help="The store, where several have an order of this id.")]
