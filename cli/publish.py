"""crossdock publish: events from a file, as JSON lines or in Amazon's own shapes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, BinaryIO

import typer

from cli.session import opened
from cli.setup import carried_out_by
from cli.terminal.output import AsJson, counted, note, print_json, progress, say
from events.rabbitmq.kombu_publisher import KombuPublisher
from gateways.amazon.notifications.order_change import read_notifications
from gateways.amazon.orders_api.files import read_orders
from gateways.amazon.reports.all_orders import read_report
from gateways.amazon.results import Notice, ParsedReport, SkippedLine
from gateways.errors import UnreadableInputError
from ledger.ledger import Ledger
from operations.publish import Publish, Published, events_of, publish_all, read_events
from schemas.errors import RetryableError
from schemas.message import Message
from schemas.settings import Settings, read_settings
from workers.process.bootstrap import is_embedded


class Shape(StrEnum):
    """Amazon's own shapes that can be read."""

    NOTIFICATION = "amazon-notification"
    ORDER = "amazon-order"
    REPORT = "all-orders-report"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(publish)


def publish(
    file: Annotated[typer.FileBinaryRead, typer.Argument(metavar="FILE", help="The file, or - for standard input.")],
    shape: Annotated[
        Shape | None, typer.Option("--from", help="Read one of Amazon's own shapes instead of events as JSON lines.")
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(help="With --from: whose orders they are; may be left out while there is only one store."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=HEADER", help="In a report: the header that stands for Amazon's column of this name."
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(
            help="Of a report: what it is written in, such as cp932; UTF-8, UTF-16 and cp1252 are recognised."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish events from a file.

    One a line: full CloudEvents, or {"type": …, "data": …}. Lines that are refused are told by number and reason; the
    others are published, and the command ends with 1.
    """
    settings = read_settings()
    columns = _columns(column or [])
    if (columns or encoding) and shape is not Shape.REPORT:
        raise typer.BadParameter("--column and --encoding go with --from all-orders-report.")
    done = Published()
    with progress("Events published") as show, _way_out(settings) as send:
        found = (
            events_of(_read(settings, file, shape, store, columns, _known(encoding))) if shape else read_events(file)
        )
        try:
            publish_all(found, send, done, show)
        except RetryableError:
            note(f"{done.published:,} events were published before; publish the whole again, repeats do no harm.")
            raise
    _report(done, settings, as_json=as_json)
    if done.refused:
        raise typer.Exit(1)


def _columns(told: Sequence[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in told]
    if not all(name and equals and header for name, equals, header in pairs):
        raise typer.BadParameter("Write --column NAME=HEADER, such as --column sku=Category.")
    return {name: header for name, _, header in pairs}


def _known(encoding: str | None) -> str | None:
    try:
        "".encode(encoding or "utf-8")
    except (LookupError, UnicodeError):
        raise typer.BadParameter(f'There is no encoding "{encoding}"; cp932 and shift_jis are two.') from None
    return encoding


def _read(
    settings: Settings, file: BinaryIO, shape: Shape, store: str | None, columns: dict[str, str], encoding: str | None
) -> Iterator[ParsedReport | SkippedLine | Notice]:
    store_id = store or _only_store(settings)
    if shape is Shape.REPORT:
        return read_report(file, store_id, columns, encoding)
    text = file.read()
    try:
        reader = read_orders if shape is Shape.ORDER else read_notifications
        return reader(text.decode("utf-8-sig"), store_id)
    except UnicodeDecodeError:
        raise UnreadableInputError("The file is not UTF-8, as Amazon's documents are.") from None


def _only_store(settings: Settings) -> str:
    with opened(settings) as ledger, ledger.read() as work:
        stores = work.stores.all()
    if len(stores) != 1:
        raise typer.BadParameter(f"Say whose orders they are with --store; there are {len(stores)} stores.")
    return stores[0].store_id


@contextmanager
def _way_out(settings: Settings) -> Iterator[Publish]:
    """Give the way events go: to RabbitMQ, or embedded into the outbox, from where `crossdock up` takes them."""
    if is_embedded(settings):
        with opened(settings) as ledger:
            yield lambda messages: _into_outbox(ledger, messages)
        return
    publisher = KombuPublisher(settings.broker_url.get_secret_value())
    try:
        yield publisher.publish
    finally:
        publisher.close()


def _into_outbox(ledger: Ledger, messages: Sequence[Message]) -> None:
    # The outbox tells messages apart by their ids; those of two sources may be the same, their keys are not.
    named = [message._replace(id=message.key.hex()) if message.key else message for message in messages]
    with ledger.begin() as work:
        work.outbox.put(named)


def _report(done: Published, settings: Settings, *, as_json: bool) -> None:
    if as_json:
        refused = [asdict(one) for one in done.refused]
        orders = len(done.orders)
        print_json({"published": done.published, "refused": refused, "orders": orders, "remarks": done.remarks})
        return
    for one in done.refused:
        note(f"line {one.line}: {one.reason}")
    for remark in done.remarks:
        note(remark)
    summary = f"{counted(done.published, 'event')} of {counted(len(done.orders), 'order')}"
    if is_embedded(settings):
        say(f"{summary} went into the outbox; {carried_out_by(settings)}")
    else:
        say(f"{summary} published.")
    if done.refused:
        note(f"{counted(len(done.refused), 'line')} refused.")
