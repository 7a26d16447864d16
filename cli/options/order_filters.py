"""The options that filter orders."""

import sys
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer

from cli.options.groups import with_options
from cli.options.parsing import amount, moment
from operations.context import Context
from schemas.order_filters import OrderFilter
from schemas.status import ImportState, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilterOptions:
    """The filter of orders as given on the command line."""

    store: Annotated[str | None, typer.Option(help="Orders of this store.")] = None
    status: Annotated[list[Status] | None, typer.Option(help="Orders with this status; may be repeated.")] = None
    import_state: Annotated[
        list[ImportState] | None, typer.Option(help="Orders in this import state; may be repeated.")
    ] = None
    since: Annotated[
        datetime | None, typer.Option("--from", parser=moment, metavar="RFC3339", help="Purchased at or after.")
    ] = None
    until: Annotated[
        datetime | None, typer.Option("--to", parser=moment, metavar="RFC3339", help="Purchased at or before.")
    ] = None
    total_min: Annotated[Decimal | None, typer.Option(parser=amount, metavar="AMOUNT", help="Minimum total.")] = None
    total_max: Annotated[Decimal | None, typer.Option(parser=amount, metavar="AMOUNT", help="Maximum total.")] = None
    order: Annotated[str | None, typer.Option(help="Order id prefix.")] = None
    asks_to_cancel: Annotated[
        bool, typer.Option("--asks-to-cancel", help="Orders whose buyer asked to cancel, undecided.")
    ] = False

    buyer: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Words of the buyer's name, `-` to read them; the search is recorded."),
    ] = None

    def filter(self) -> OrderFilter:
        """Return the filter without the buyer, whose name is searched by keys of the vault."""
        return OrderFilter(
            store_id=self.store,
            statuses=self.status or (),
            import_states=self.import_state or (),
            purchased_from=self.since,
            purchased_to=self.until,
            order_id=self.order,
            total_min=self.total_min,
            total_max=self.total_max,
            asks_to_cancel=self.asks_to_cancel,
        )


with_order_filter = with_options("options", OrderFilterOptions)


def filter_of(context: Context, options: OrderFilterOptions, who: str) -> OrderFilter:
    """Return the filter; a search for a buyer's name is recorded, and the name is read where the option is `-`."""
    name = sys.stdin.readline() if options.buyer == "-" else options.buyer
    if name is None:
        return options.filter()
    from operations.orders.buyer_search import buyer_keys, record_search  # noqa: PLC0415 - with it the audit log

    keys = buyer_keys(context, name)
    record_search(context, who)
    return replace(options.filter(), buyer=keys)
