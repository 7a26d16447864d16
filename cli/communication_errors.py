"""crossdock communication-errors: failed calls to Amazon and Commerce."""

from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from cli.command_line import to_json
from cli.options.paging import Limit, PageNumber, note_if_cut, read_page
from cli.terminal.output import AsJson, print_json, print_table, to_seconds
from operations.communication_errors import list_errors
from schemas.communication_errors import ErrorFilter
from workers.process.bootstrap import opened_context

app = typer.Typer(help="Failed calls to Amazon and Commerce.", no_args_is_help=True)

COLUMNS = ("AT", "SYSTEM", "STORE", "ORDER", "OPERATION", "OUTCOME", "CODE", "REQUEST ID", "SENTENCE")


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
    store: Annotated[str | None, typer.Option(metavar="STORE_ID", help="Errors of this store.")] = None,
    order: Annotated[str | None, typer.Option(metavar="AMAZON_ORDER_ID", help="Errors of this order.")] = None,
    limit: Limit = 100,
    page: PageNumber = 1,
    as_json: AsJson = False,
) -> None:
    """List failed calls, newest first, with the other side's request id.

    The outcome is `refused`, `blocked` (credentials or rights), `try_later` or `broken` (no usable answer).
    """
    filters = ErrorFilter(system=system, store_id=store, amazon_order_id=order)
    with opened_context() as context:
        errors, is_cut = read_page(partial(list_errors, context, filters), limit, page)
    if as_json:
        print_json(to_json(errors))
    else:
        print_table(
            COLUMNS,
            [
                (
                    to_seconds(error.at), error.system, error.store_id or "", error.amazon_order_id or "",
                    error.operation, error.outcome, error.code, error.request_id or "", error.sentence,
                )
                for error in errors
            ],
        )  # fmt: skip
    note_if_cut(page, is_cut=is_cut)
