"""The argument that names a store."""

from typing import Annotated

import typer

StoreId = Annotated[str, typer.Argument(help="The store's id, as in the events.", metavar="STORE_ID")]
