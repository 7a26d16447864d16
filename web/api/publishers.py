"""Publishers: which account on RabbitMQ speaks for which stores."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from operations import publishers
from operations.publishers import PublisherRow, PublisherToken
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


class BindingEdit(Binding):
    """The binding as it shall be, and as the person saw it."""

    seen: Binding | None = Field(None, description="The binding as it was read; 409 when it is another by now.")


@router.get("/publishers", operation_id="listPublishers")
def list_publishers(context: Ctx, person: Reader) -> Page[PublisherRow]:
    """List the publishers that are bound, and how many tokens for publishing over HTTP each has."""
    return Page(items=tuple(publishers.list_publishers(context)))


@router.put("/publishers/{account:path}", operation_id="setPublisher")
def set_publisher(context: Ctx, person: ChangesSettings, account: Account, binding: BindingEdit) -> Publisher:
    """Bind an account to stores and events; a repetition changes nothing.

    With the first publisher, events of accounts that are not bound become dead letters.
    """
    seen = Publisher(account=account, **binding.seen.model_dump()) if binding.seen else None
    return publishers.set_publisher(context, account, binding.stores, binding.events, actor=person.name, seen=seen)


@router.delete("/publishers/{account:path}", operation_id="removePublisher", status_code=204)
def remove_publisher(context: Ctx, person: ChangesSettings, account: Account) -> None:
    """Remove a publisher; without any, every account may publish for every store."""
    publishers.remove_publisher(context, account, actor=person.name)


@router.post("/publisher-tokens/{account:path}", operation_id="makePublisherToken", status_code=201)
def make_token(context: Ctx, person: ChangesSettings, account: Account) -> PublisherToken:
    """Make a token by which a publisher is known over HTTP; it is in this answer and nowhere else."""
    return publishers.make_token(context, account, actor=person.name)


@router.delete("/publisher-tokens/{account:path}", operation_id="revokePublisherTokens", status_code=204)
def revoke_tokens(context: Ctx, person: ChangesSettings, account: Account) -> None:
    """Revoke all tokens of a publisher at once."""
    publishers.revoke_tokens(context, account, actor=person.name)
