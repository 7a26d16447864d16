"""Joining the parts: settings → ledger, bus, gateways. The one place where anything is connected."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from events.bus import Bus
from events.open_bus import open_bus
from gateways.port import Gateways
from gateways.simulator.gateways import SimulatedGateways
from ledger.encryption.cipher import Cipher
from ledger.encryption.key_file import check_key_file, keys_from_setting, read_or_make_key
from ledger.ledger import Ledger
from pipeline.liveness import Liveness
from pipeline.processor import BatchProcessor
from pipeline.writing import Deadlines
from schemas.settings import Settings

EMBEDDED_SCHEME = "memory://"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a process works with."""

    settings: Settings
    ledger: Ledger
    bus: Bus
    gateways: Gateways
    liveness: Liveness = field(default_factory=Liveness)

    def processor(self, consumer: str) -> BatchProcessor:
        """Return the step of a consumer."""
        return BatchProcessor(consumer, self.ledger, self.gateways, patience(self.settings), self.liveness)


def patience(settings: Settings) -> Deadlines:
    """Return how long things may take."""
    return Deadlines(timedelta(seconds=settings.early_event_timeout), timedelta(days=settings.personal_data_days))


def is_embedded(settings: Settings) -> bool:
    """Tell whether messages travel inside this process only."""
    return settings.broker_url.get_secret_value().startswith(EMBEDDED_SCHEME)


def open_ledger(settings: Settings) -> Ledger:
    """Open the ledger with the vault's key, which is made at the first start when none is set."""
    if settings.vault_key is not None:
        keys = keys_from_setting(settings.vault_key.get_secret_value())
    else:
        keys = [read_or_make_key(Path(settings.vault_key_file))]
    return Ledger.open(settings.database_url.get_secret_value(), Cipher.of(keys))


def check_vault_key(settings: Settings) -> None:
    """Raise SettingsError when `open_ledger` would for the vault's key. Makes none."""
    if settings.vault_key is not None:
        keys_from_setting(settings.vault_key.get_secret_value())
    else:
        check_key_file(Path(settings.vault_key_file))


@contextmanager
def assembled(settings: Settings, ledger: Ledger, name: str, pulse: Liveness) -> Iterator[Parts]:
    """Join the parts for a process called *name* at the broker, and close them, the ledger last."""
    try:
        bus = open_bus(settings.broker_url.get_secret_value(), name)
        try:
            yield Parts(settings, ledger, bus, SimulatedGateways(ledger.documents), pulse)
        finally:
            bus.close()
    finally:
        ledger.close()
