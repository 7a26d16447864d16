"""Opening the gateway to a shop: its client, credentials, and how orders are created there."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from gateways.commerce.addresses import AddressBook
from gateways.commerce.attempts import Attempts
from gateways.commerce.catalog import CommerceCatalog
from gateways.commerce.client import CommerceClient
from gateways.commerce.creation import Creation, StockMode
from gateways.commerce.entities import Payment
from gateways.commerce.errors import CommerceErrors
from gateways.commerce.gateway import CommerceGateway
from gateways.commerce.ims import IMS_ERRORS, ImsKeys, ims_token
from gateways.commerce.lookup import Catalog
from gateways.commerce.module import ShopModule
from gateways.commerce.oauth import OAuthKeys, OAuthSignature
from gateways.http.authentication import Authentication
from gateways.http.client import Conditions, HttpClient
from gateways.simulator.documents import DocumentStore


@dataclass(frozen=True, slots=True)
class ShopAccess:
    """A shop's address and the credentials: those of an integration, or of Adobe's identity service at `ims_url`."""

    url: str
    keys: OAuthKeys | ImsKeys
    ims_url: str


@dataclass(frozen=True, slots=True)
class ShopOptions:
    """The way in which orders are created in a shop and its products looked up."""

    mode: StockMode
    payment: Payment
    mailbox: str | None
    module_path: str
    catalog: Catalog


class Shop(NamedTuple):
    """A shop that was opened."""

    gateway: CommerceGateway
    catalog: CommerceCatalog


@contextmanager
def opened_shop(
    access: ShopAccess,
    options: ShopOptions,
    documents: DocumentStore,
    clock: Callable[[], float],
    conditions: Conditions,
) -> Iterator[Shop]:
    """Open a shop until the block ends; attempts at creating orders are kept in *documents*."""
    with ExitStack() as stack:
        if isinstance(access.keys, ImsKeys):
            sign_in = stack.enter_context(closing(HttpClient("commerce", access.ims_url, errors=IMS_ERRORS)))
            authentication: Authentication = ims_token(access.keys, sign_in)
        else:
            authentication = OAuthSignature(access.keys)
        client = HttpClient("commerce", access.url, authentication, CommerceErrors(), conditions)
        http = stack.enter_context(closing(client))
        commerce = CommerceClient(http, store_in_header=isinstance(access.keys, ImsKeys))
        attempts, module = Attempts(documents, clock), ShopModule(commerce, options.module_path)
        creation = Creation(
            commerce, AddressBook(commerce), attempts, options.mode, options.payment, options.mailbox, module
        )
        gateway = CommerceGateway(http, commerce, options.catalog, creation)
        yield Shop(gateway, CommerceCatalog(commerce, options.catalog))
