"""Publishing events, and the schemas of events."""

import io
from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import Field

from crossdock import __version__
from operations.event_schemas import EventDocuments, event_documents
from operations.publish import AmazonFormat, PublishResult
from operations.queue_events import FileFormat, queue_events
from web.api.fields import Word
from web.api.permissions import ChangesSettings, Reader
from web.context import Ctx

router = APIRouter(tags=["events"])

Column = Annotated[str, Field(pattern=r"^[^=\x00]{1,100}=[^\x00]{1,200}$")]


@router.post("/events", operation_id="publishEvents")
def publish(
    context: Ctx,
    person: ChangesSettings,
    file: Annotated[bytes, Body(media_type="application/x-ndjson", description="The file; at most 64 MiB.")],
    amazon_format: Annotated[
        AmazonFormat | None, Query(description="Read one of Amazon's own formats instead of events as JSON lines.")
    ] = None,
    store_id: Annotated[
        Word | None, Query(description="Of Amazon's formats: the store; optional while there is only one.")
    ] = None,
    column: Annotated[
        tuple[Column, ...], Query(max_length=50, description="In a report, `NAME=HEADER`: the header of a column.")
    ] = (),
    encoding: Annotated[Word | None, Query(description="Encoding of a report.", examples=["cp932"])] = None,
) -> PublishResult:
    """Publish the events of a file, one a line: full CloudEvents, or `{"type": …, "data": …}`.

    They are queued in the ledger, whether the broker is there or not; the relay publishes them. Refused lines and
    events of unknown stores are in the answer and stop no other; repeating the file is harmless.
    """
    columns = dict(pair.split("=", 1) for pair in column)
    file_format = FileFormat(amazon_format=amazon_format, store_id=store_id, columns=columns, encoding=encoding)
    return queue_events(context, io.BytesIO(file), file_format, actor=person.name)


@router.get("/event-schemas", operation_id="showEventSchemas")
def event_schemas(person: Reader) -> EventDocuments:
    """Show JSON Schemas and AsyncAPI 3 of all events."""
    return event_documents(__version__)
