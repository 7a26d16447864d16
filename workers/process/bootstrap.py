"""Composition root: settings → ledger, gateways, the context of operations. `workers.process.parts` adds the broker."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from ledger.encryption.cipher import Cipher
from ledger.encryption.key_file import check_key_file, keys_from_setting, read_or_make_keys
from ledger.errors import SchemaOutOfDateError
from ledger.ledger import Ledger
from operations.context import Context
from schemas.settings import Settings, read_settings
from workers.process.on_demand import OnDemandCatalog, OnDemandGateways

if TYPE_CHECKING:  # at run time it would import the HTTP client
    from gateways.amazon.sp_api.gateway import AmazonGateway
    from gateways.commerce.client import CommerceClient
    from gateways.port import Catalog, Gateways

EMBEDDED_SCHEME = "memory://"


def is_embedded(settings: Settings) -> bool:
    """Whether messages travel inside this process only."""
    return settings.broker_url.get_secret_value().startswith(EMBEDDED_SCHEME)


def open_ledger(settings: Settings) -> Ledger:
    """Open the ledger with the vault's key; without a key in the settings the first start creates one."""
    if settings.vault_key is not None:
        keys = keys_from_setting(settings.vault_key.get_secret_value())
    else:
        keys = read_or_make_keys(Path(settings.vault_key_file))
    url = settings.database_url.get_secret_value()
    return Ledger.open(url, Cipher.of(keys), allow_unencrypted=settings.allow_unencrypted)


def check_vault_key(settings: Settings) -> None:
    """Raise the SettingsError that `open_ledger` raises for a wrong vault key. Creates no key."""
    if settings.vault_key is not None:
        keys_from_setting(settings.vault_key.get_secret_value())
    else:
        check_key_file(Path(settings.vault_key_file))


class ExternalSystems(NamedTuple):
    """Amazon and Commerce, and the catalog that people change; the clients of those that are not simulated.

    `accounts` are those of the sellers on Amazon, by the sellers' names.
    """

    gateways: "Gateways"
    catalog: "Catalog"
    accounts: "Mapping[str, AmazonGateway]" = MappingProxyType({})
    commerce: "CommerceClient | None" = None


def simulated_systems(ledger: Ledger) -> ExternalSystems:
    """Return Amazon and Commerce, both simulated; their documents are in the ledger's database."""
    from gateways.simulator.gateways import SimulatedGateways  # noqa: PLC0415 - few commands ask Amazon or Commerce

    simulated = SimulatedGateways(ledger.documents)
    return ExternalSystems(simulated, simulated.commerce.catalog)


@contextmanager
def opened_systems(settings: Settings, ledger: Ledger) -> Iterator[ExternalSystems]:
    """Open Amazon and Commerce until the block ends: those that the settings name; one that they do not is simulated.

    Raises SettingsError for a missing setting.
    """
    simulated = simulated_systems(ledger)
    if not settings.commerce_url and not settings.sellers:
        yield simulated
        return
    # The HTTP client costs 0.1 s, which a command without an external system does not have to wait.
    from gateways.routing import AmazonSide, CommerceSide, RoutedGateways, SellerGateways  # noqa: PLC0415
    from operations.read_only import ReadOnlyGuard  # noqa: PLC0415
    from operations.store_sellers import StoreSellers  # noqa: PLC0415
    from workers.process.amazon import opened_accounts  # noqa: PLC0415
    from workers.process.commerce import opened_commerce  # noqa: PLC0415
    from workers.process.read_only import GuardedCatalog, GuardedGateways  # noqa: PLC0415

    with ExitStack() as stack:
        commerce: CommerceSide = simulated.gateways
        amazon: AmazonSide = simulated.gateways
        catalog, shop = simulated.catalog, None
        if settings.commerce_url:
            commerce, catalog = stack.enter_context(opened_commerce(settings, ledger))
            shop = commerce.client
        accounts = stack.enter_context(opened_accounts(settings, ledger))
        if accounts:
            amazon = SellerGateways(accounts, StoreSellers(ledger, settings.sellers))
        guard = ReadOnlyGuard(ledger, settings)
        gateways = GuardedGateways(RoutedGateways(commerce, amazon), guard)
        yield ExternalSystems(gateways, GuardedCatalog(catalog, guard), accounts, shop)


def context_of(settings: Settings, ledger: Ledger, systems: ExternalSystems | None = None) -> Context:
    """Return the context of operations on an open ledger, with simulated external systems unless others are given."""
    systems = systems or simulated_systems(ledger)
    return Context(settings, ledger, systems.gateways, systems.catalog)


@contextmanager
def opened_context(settings: Settings | None = None) -> Iterator[Context]:
    """Open the context of a command's operations, and close it at the end. Amazon and Commerce are opened on demand.

    Raises as `opened_ledger` does.
    """
    settings = settings or read_settings()
    with opened_ledger(settings) as ledger, ExitStack() as stack:
        systems = cache(lambda: stack.enter_context(opened_systems(settings, ledger)))
        gateways, catalog = OnDemandGateways(lambda: systems().gateways), OnDemandCatalog(lambda: systems().catalog)
        yield Context(settings, ledger, gateways, catalog)


@contextmanager
def connected_context(settings: Settings) -> Iterator[Context]:
    """Open the context of operations with Amazon and Commerce, for a process that serves.

    Raises as `opened_ledger` does, and SettingsError for a missing setting of Amazon's or Commerce's.
    """
    with opened_ledger(settings) as ledger, opened_systems(settings, ledger) as systems:
        yield context_of(settings, ledger, systems)


@contextmanager
def opened_ledger(settings: Settings) -> Iterator[Ledger]:
    """Open the ledger, check its tables and its key, and close it at the end.

    A SQLite file is migrated at once. A server is not, because processes of another version may use it: `crossdock
    migrate` is a step of its own, and SchemaOutOfDateError asks for it. Raises EncryptionKeyError before anything is
    written with a key that is not the database's.
    """
    with closing(open_ledger(settings)) as ledger:
        _check_schema(ledger, settings)
        ledger.check_key()
        yield ledger


def _check_schema(ledger: Ledger, settings: Settings) -> None:
    try:
        ledger.check_version()
    except SchemaOutOfDateError:
        if not settings.database_url.get_secret_value().startswith("sqlite"):
            raise
        ledger.migrate()
