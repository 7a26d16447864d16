"""The events as documents for programs: JSON Schema and AsyncAPI."""

from functools import lru_cache
from typing import Any

from events.asyncapi import asyncapi, data_schemas
from events.registry import MAJOR_VERSION, PAYLOADS
from schemas.value import Value


class EventDocuments(Value):
    """Documents by file name, and the number of events that they describe."""

    documents: dict[str, dict[str, Any]]
    events: int


@lru_cache(maxsize=1)
def event_documents(version: str) -> EventDocuments:
    """Return a JSON Schema of each event's data, and AsyncAPI 3 of all events for this *version* of Crossdock.

    Making them takes a tenth of a second; later calls return the same object, in which nothing may be changed.
    """
    documents = {f"{name}.{MAJOR_VERSION}.json": schema for name, schema in data_schemas().items()}
    documents["asyncapi.json"] = asyncapi(version)
    return EventDocuments(documents=documents, events=len(PAYLOADS))
