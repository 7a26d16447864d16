"""Stores: look them up. `operations.store_changes` changes them."""

from typing import TYPE_CHECKING

from operations.context import Context
from operations.errors import NotFoundError, StoreRequiredError
from operations.list_pages import ListKey, ListPage, list_page
from operations.unknown_stores import nearest_store
from schemas.blockers import Remedy, RemedyKind
from schemas.store import Store

if TYPE_CHECKING:
    from ledger.unit_of_work import UnitOfWork


_KEY: ListKey[Store] = ListKey((str,), lambda store: (store.store_id,))


def list_stores(context: Context, limit: int | None = None) -> list[Store]:
    """Return the stores by id: all, or the first."""
    with context.ledger.read() as work:
        return work.stores.all(limit)


def page_of_stores(work: "UnitOfWork", limit: int, after: str | None = None) -> ListPage[Store]:
    """Return a page of the stores by id. Raises WrongFilterError."""
    return list_page(_KEY, lambda key, number: work.stores.all(number, key[0] if key else ""), limit, after)


def list_store_page(context: Context, limit: int, after: str | None = None) -> ListPage[Store]:
    """Return a page of the stores by id. Raises WrongFilterError."""
    with context.ledger.read() as work:
        return page_of_stores(work, limit, after)


def show_store(context: Context, store_id: str) -> Store:
    """Return a store. Raises NotFoundError."""
    with context.ledger.read() as work:
        return get_store(work, store_id)


def only_store(context: Context) -> Store:
    """Return the only store. Raises StoreRequiredError when there is none, or several."""
    stores = list_stores(context)
    if len(stores) != 1:
        raise StoreRequiredError(len(stores))
    return stores[0]


def get_store(work: "UnitOfWork", store_id: str) -> Store:
    """Return a store. Raises NotFoundError, with the name of the nearest if there is one."""
    store = work.stores.load([store_id]).get(store_id)
    if store is None:
        near = nearest_store(store_id, (existing.store_id for existing in work.stores.all()))
        nearest = f"; the nearest is {near}" if near else ""
        raise NotFoundError(f"There is no store {store_id}{nearest}.", hint=Remedy(kind=RemedyKind.LIST_STORES))
    return store
