"""crossdock communication-errors: failed calls to Amazon and Commerce."""

from enum import StrEnum
from typing import Annotated

import typer

from cli.command_line import to_json
from cli.options.ids import SellerName
from cli.options.paging import After, Limit, note_next
from cli.terminal.output import AsJson, print_json, print_table, to_seconds
from operations.communication_errors import list_errors
from schemas.communication_errors import ErrorFilter
from workers.process.bootstrap import opened_context

app = typer.Typer(help="Failed calls to Amazon and Commerce.", no_args_is_help=True)

COLUMNS = ("AT", "SYSTEM", "SELLER", "STORE", "ORDER", "OPERATION", "OUTCOME", "CODE", "REQUEST ID", "SENTENCE")


class System(StrEnum):
    """The external systems."""

    AMAZON = "amazon"
    COMMERCE = "commerce"


@app.callback()
def _group() -> None:
    """Failed calls to Amazon and Commerce."""


@app.command("list")
def list_communication_errors(
    *,
    system: Annotated[System | None, typer.Option(help="Errors of this system.")] = None,
    seller: SellerName = None,
    store: Annotated[str | None, typer.Option(metavar="STORE_ID", help="Errors of this store.")] = None,
    order: Annotated[str | None, typer.Option(metavar="AMAZON_ORDER_ID", help="Errors of this order.")] = None,
    limit: Limit = 100,
    after: After = None,
    as_json: AsJson = False,
) -> None:
    """List failed calls, newest first, with the other side's request id.

    The outcome is `refused`, `blocked` (credentials or rights), `try_later` or `broken` (no usable answer).
    """
    filters = ErrorFilter(system=system, seller=seller, store_id=store, amazon_order_id=order)
    with opened_context() as context:
        errors = list_errors(context, filters, limit, after)
    if as_json:
        print_json(to_json(errors.rows))
    else:
        print_table(
            COLUMNS,
            [
                (
                    to_seconds(error.at), error.system, error.seller or "", error.store_id or "",
                    error.amazon_order_id or "", error.operation, error.outcome, error.code, error.request_id or "",
                    error.sentence,
                )
                for error in errors.rows
            ],
        )  # fmt: skip
    note_next(errors.next)
