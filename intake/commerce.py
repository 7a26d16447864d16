"""Commerce's deliveries: Adobe I/O events, and a shop's own webhook. Both only name the entities to read.

Adobe repeats a delivery only after 429 and 5xx: any other answer that refuses one loses it. So only a delivery that is
proven to be forged is refused, an unreadable one is kept as a dead letter, and all trouble of ours is a 503.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateways.commerce.io_events.changes import ChangedInShop, change_of, read_events, recipients
from gateways.commerce.io_events.confirmation import RegistrationConfirmation
from gateways.commerce.io_events.public_keys import PublicKeys
from gateways.commerce.io_events.signature import check_signature
from gateways.commerce.webhook import SIGNATURE, check_webhook, read_webhook
from gateways.errors import SignatureError, UnreadableInputError
from gateways.secrets import Secret
from intake.errors import RequestRefusedError
from ledger.ledger import Ledger
from workers.commerce_changes import CommerceChanges
from workers.intake_letters import save_unreadable_commerce_event

BODY_LIMIT = 1024 * 1024
"""Bytes of a delivery. Adobe's events have some kilobytes."""


@dataclass(frozen=True, slots=True)
class IoEvents:
    """Takes the deliveries of one registration of Adobe I/O events, that of *client_id*."""

    client_id: str
    keys: PublicKeys
    confirmation: RegistrationConfirmation
    ledger: Ledger
    changes: CommerceChanges

    def take(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Take a delivery; return the number of its events. Raises RequestRefusedError 401, 403; RetryableError."""
        try:
            if address := _confirmation_address(body, headers):
                self.confirmation.confirm(address)
                return 0
            text = check_signature(body, headers, self.keys)
        except SignatureError as error:
            raise RequestRefusedError(401, str(error)) from None
        try:
            events = read_events(text)
        except UnreadableInputError as error:
            _keep(self.ledger, body, str(error))
            return 0
        if recipients(events) != {self.client_id}:
            raise RequestRefusedError(
                403, "The events are for another client than CROSSDOCK_COMMERCE_EVENTS_CLIENT_ID."
            )
        self.changes.take([change for event in events if (change := self._change(event))])
        return len(events)

    def close(self) -> None:
        """Close the connections to Adobe."""
        self.keys.close()
        self.confirmation.close()

    def _change(self, event: Mapping[str, object]) -> ChangedInShop | None:
        try:
            return change_of(event)
        except UnreadableInputError as error:
            _keep(self.ledger, json.dumps(event).encode(), str(error))
            return None


@dataclass(frozen=True, slots=True)
class ShopWebhook:
    """Takes the deliveries of a shop's own webhook."""

    secret: Secret
    ledger: Ledger
    changes: CommerceChanges
    clock: Callable[[], float]

    def take(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Take a delivery; return the number of its changes. Raises RequestRefusedError 401, 422; RetryableError."""
        try:
            check_webhook(body, headers.get(SIGNATURE, ""), self.secret.read(), self.clock())
            change = read_webhook(body)
        except SignatureError as error:
            raise RequestRefusedError(401, str(error)) from None
        except UnreadableInputError as error:
            # Signed by the shop, which learns that it is wrong, and kept, since it may not send it again.
            _keep(self.ledger, body, str(error))
            raise RequestRefusedError(422, str(error)) from None
        self.changes.take([change])
        return len(change.shipment_ids) + len(change.skus)


def _confirmation_address(body: bytes, headers: Mapping[str, str]) -> str | None:
    """Return the address by which Adobe wants a new registration confirmed; no event has one."""
    if "x-adobe-digital-signature-1" in headers or len(body) > 4096:
        return None
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    address = document.get("validationUrl") if isinstance(document, dict) else None
    return address if isinstance(address, str) else None


def _keep(ledger: Ledger, body: bytes, reason: str) -> None:
    with ledger.begin() as work:
        save_unreadable_commerce_event(work, body, reason)
