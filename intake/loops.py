"""The intake from Commerce and from publishers: its loops, by the settings."""

from time import time

from gateways.commerce.ims import ImsKeys
from gateways.commerce.io_events.confirmation import RegistrationConfirmation
from gateways.commerce.io_events.journal import Journal
from gateways.commerce.io_events.public_keys import PublicKeys
from gateways.secrets import Secret
from intake.app import CONFIRM_TIMEOUT, IntakeParts, create_app
from intake.commerce import IoEvents, ShopWebhook
from intake.server import IntakeServer
from operations.communication_errors import LedgerErrorLog
from schemas.errors import SettingsError
from schemas.settings import PREFIX
from workers.commerce_changes import CommerceChanges
from workers.commerce_poll import CommercePoll
from workers.journal_reader import JournalReader
from workers.process.parts import Parts
from workers.process.secrets import secret_of
from workers.process.served_certificate import served_certificate
from workers.runner import Loop
from workers.shipment_reader import ShipmentReader


def commerce_loops(parts: Parts) -> dict[str, Loop]:
    """Return the loops of the intake. Raises SettingsError for a setting that is wrong or missing."""
    settings = parts.settings
    if settings.intake_port is None and parts.commerce is None:
        raise SettingsError(
            f"{PREFIX}INTAKE_PORT is missing, and {PREFIX}COMMERCE_URL, too: there is nothing to take events from."
        )
    changes = CommerceChanges(parts.ledger, parts.bus)
    loops: dict[str, Loop] = {}
    if parts.commerce is not None:
        poll_seconds = settings.commerce_poll_seconds
        loops["shipment reader"] = ShipmentReader(parts.ledger, parts.bus, parts.commerce, parts.liveness)
        loops["commerce poll"] = CommercePoll(parts.ledger, parts.commerce, changes, poll_seconds, parts.liveness)
    if settings.commerce_journal_url:
        loops["journal reader"] = JournalReader(parts.ledger, _journal(parts), changes, parts.liveness)
    if settings.intake_port is not None:
        loops["intake server"] = _server(parts, settings.intake_port)
    return loops


def _journal(parts: Parts) -> Journal:
    settings = parts.settings
    if not settings.commerce_events_client_id or not settings.commerce_events_organization:
        raise SettingsError(
            f"{PREFIX}COMMERCE_EVENTS_CLIENT_ID or {PREFIX}COMMERCE_EVENTS_ORGANIZATION is missing: Adobe's journal is"
            " read with its project's credentials."
        )
    keys = ImsKeys(
        Secret(f"{PREFIX}COMMERCE_EVENTS_CLIENT_ID", settings.commerce_events_client_id, None),
        secret_of(settings, "commerce_events_client_secret"),
        settings.commerce_events_organization,
    )
    url = settings.commerce_journal_url or ""
    return Journal.open(url, keys, settings.commerce_ims_url, LedgerErrorLog(parts.ledger))


def _server(parts: Parts, port: int) -> IntakeServer:
    settings, ledger = parts.settings, parts.ledger
    changes = CommerceChanges(ledger, parts.bus, CONFIRM_TIMEOUT)
    events, webhook = None, None
    if settings.commerce_events_client_id:
        error_log = LedgerErrorLog(ledger)
        public_keys = PublicKeys(settings.commerce_events_keys_url, error_log)
        confirmation = RegistrationConfirmation(settings.commerce_events_confirm_url, error_log)
        events = IoEvents(settings.commerce_events_client_id, public_keys, confirmation, ledger, changes)
    if settings.commerce_webhook_secret or settings.commerce_webhook_secret_file:
        webhook = ShopWebhook(secret_of(settings, "commerce_webhook_secret"), ledger, changes, time)
    app = create_app(IntakeParts(ledger, parts.bus, events, webhook))
    certificate = served_certificate(
        "CROSSDOCK_INTAKE_TLS",
        settings.intake_tls_cert_file,
        settings.intake_tls_key_file,
        settings.intake_tls_client_ca_file,
    )
    return IntakeServer(app, settings.intake_host, port, events.close if events else None, certificate)
