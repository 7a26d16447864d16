"""crossdock publish: events from a file, as JSON lines or in Amazon's own formats."""

from collections.abc import Collection, Iterable, Sequence
from typing import Annotated

import typer

from cli.command_line import to_json
from cli.terminal.output import AsJson, counted, note, print_json, progress, say
from operations.errors import RefusedActionError, StoreRequiredError
from operations.event_lines import read_events
from operations.publish import AmazonFormat, Entry, PublishResult, RefusedStore, publish_events, read_amazon_events
from operations.queue_events import checked_encoding, known_stores
from operations.stores import only_store, show_store
from schemas.errors import RetryableError
from schemas.settings import Settings, read_settings
from schemas.store import Store
from workers.process.bootstrap import is_embedded, opened_context
from workers.process.publisher import opened_publisher

_NAMED_STORES = 20
"""Unknown stores that are named on the terminal; --json has all of them."""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(publish)


def publish(
    file: Annotated[typer.FileBinaryRead, typer.Argument(metavar="FILE", help="The file, or - for standard input.")],
    amazon_format: Annotated[
        AmazonFormat | None,
        typer.Option("--from", help="Read one of Amazon's own formats instead of events as JSON lines."),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            help="With --from: the store of the orders, which takes those of its marketplace; optional while there is"
            " only one store."
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=HEADER", help="In a report: the header that its column of this name has."),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="Encoding of a report, such as cp932; UTF-8, UTF-16 and cp1252 are recognised."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish events from a file.

    One a line: full CloudEvents, or {"type": …, "data": …}. Refused lines are reported by number and reason; the
    others are published, and the command ends with 1. Events of stores that were not added are refused, each such store
    is named once. Orders of other marketplaces than the store's are left out.
    """
    settings = read_settings()
    columns = _columns(column or [])
    if (columns or encoding) and amazon_format is not AmazonFormat.REPORT:
        raise typer.BadParameter("--column and --encoding go with --from all-orders-report.")
    stores = None if amazon_format else _known_stores(settings)
    if amazon_format is None:
        events: Iterable[Entry] = read_events(file, stores)
    else:
        encoding = _checked(encoding)
        events = read_amazon_events(file, amazon_format, _store(settings, store), columns, encoding)
    result = _publish(settings, events, stores or ())
    _print(result, settings, as_json=as_json)
    if result.refused or result.unknown_stores:
        raise typer.Exit(1)


def _publish(settings: Settings, events: Iterable[Entry], stores: Collection[str]) -> PublishResult:
    published = 0
    with progress("Events published") as show, opened_publisher(settings) as send:

        def on_progress(count: int) -> None:
            nonlocal published
            published = count
            show(count)

        try:
            return publish_events(events, send, on_progress, stores)
        except RetryableError:
            note(f"{published:,} events were published before; publish the whole file again, repeats are harmless.")
            raise


def _columns(options: Sequence[str]) -> dict[str, str]:
    pairs = [option.partition("=") for option in options]
    if not all(name and equals and header for name, equals, header in pairs):
        raise typer.BadParameter("Write --column NAME=HEADER, such as --column sku=Category.")
    return {name: header for name, _, header in pairs}


def _checked(encoding: str | None) -> str | None:
    try:
        return checked_encoding(encoding)
    except RefusedActionError as error:
        raise typer.BadParameter(str(error)) from None


def _known_stores(settings: Settings) -> Collection[str] | None:
    """Return the ids of the stores; None where events may add stores, or where a publisher has no database to ask."""
    has_database = is_embedded(settings) or "database_url" in settings.model_fields_set
    if not has_database:
        return None
    with opened_context(settings) as context:
        return known_stores(context)


def _store(settings: Settings, store_id: str | None) -> Store:
    """Return the named store, or the only one. A name that is no store's is refused: it may be misspelt."""
    with opened_context(settings) as context:
        try:
            return show_store(context, store_id) if store_id else only_store(context)
        except StoreRequiredError as error:
            if error.count:
                raise typer.BadParameter(f"Name the store with --store; there are {error.count} stores.") from None
            raise typer.BadParameter("There is no store yet; add it with `crossdock stores add`.") from None


def _print(result: PublishResult, settings: Settings, *, as_json: bool) -> None:
    if as_json:
        print_json(to_json(result))
        return
    for line in result.refused:
        note(f"line {line.line}: {line.reason}")
    _note_unknown_stores(result.unknown_stores)
    for remark in result.remarks:
        note(remark)
    summary = f"{counted(result.published, 'event')} of {counted(result.orders, 'order')}"
    if is_embedded(settings):
        say(f"Queued {summary}; `crossdock up` handles them.")
    else:
        say(f"Published {summary}.")
    if result.refused:
        note(f"{counted(result.refused_count, 'line')} refused.")


def _note_unknown_stores(unknown: Sequence[RefusedStore]) -> None:
    for store in unknown[:_NAMED_STORES]:
        nearest = f"; the nearest is {store.nearest}" if store.nearest else ""
        events = counted(store.events, "event")
        note(f"line {store.first_line}: there is no store {store.store_id}{nearest}. {events} not published.")
    if len(unknown) > _NAMED_STORES:
        note(f"{len(unknown) - _NAMED_STORES:,} more unknown stores.")
    if unknown:
        note("`crossdock stores list` lists the stores, `crossdock stores add` adds one.")
