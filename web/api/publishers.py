"""Publishers: which account on RabbitMQ speaks for which stores."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from operations import publishers
from schemas.publisher import Publisher
from web.api.fields import RequestBody, Word
from web.api.paging import Page
from web.api.permissions import ChangesSettings, Reader
from web.context import Ctx

router = APIRouter(tags=["publishers"])

Account = Annotated[Word, Path(description="The publisher's account on RabbitMQ.", examples=["shop-erp"])]
Words = Annotated[tuple[Word, ...], Field(max_length=100)]


class Binding(RequestBody):
    """The stores and events that an account is bound to; empty: all."""

    stores: Words = Field((), examples=[["demo-us"]])
    events: Words = Field((), examples=[["order.placed"]])


@router.get("/publishers", operation_id="listPublishers")
def list_publishers(context: Ctx, person: Reader) -> Page[Publisher]:
    """List the publishers that are bound."""
    return Page(items=tuple(publishers.list_publishers(context)))


@router.put("/publishers/{account:path}", operation_id="setPublisher")
def set_publisher(context: Ctx, person: ChangesSettings, account: Account, binding: Binding) -> Publisher:
    """Bind an account to stores and events; a repetition changes nothing.

    With the first publisher, events of accounts that are not bound become dead letters.
    """
    return publishers.set_publisher(context, account, binding.stores, binding.events, actor=person.name)


@router.delete("/publishers/{account:path}", operation_id="removePublisher", status_code=204)
def remove_publisher(context: Ctx, person: ChangesSettings, account: Account) -> None:
    """Remove a publisher; without any, every account may publish for every store."""
    publishers.remove_publisher(context, account, actor=person.name)
