"""The intake, served on a port of its own over a broker in memory and a fresh ledger."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from threading import Event, Thread
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from events.bus import Bus
from gateways.commerce.io_events.confirmation import RegistrationConfirmation
from gateways.commerce.io_events.public_keys import PublicKeys
from gateways.http.error_log import NoErrorLog
from gateways.secrets import Secret
from intake.app import IntakeParts, create_app
from intake.commerce import IoEvents, ShopWebhook
from intake.server import IntakeServer
from ledger.ledger import Ledger
from operations.context import Context
from operations.publishers import make_token, set_publisher
from tests.gateways.http.server import Received, Respond, Server, answer, serving
from tests.harness import SOON
from tests.servers.plain_http import PLAIN
from workers.commerce_changes import CommerceChanges
from workers.process.parts import Parts

CLIENT_ID = "client-of-the-test"
ACTOR = "test operator"
WEBHOOK_SECRET = "shared-secret-of-the-test"
KEY_PATH = "/prod/keys/pub-key-0a1b2c3d.pem"
OTHER_PATH = "/prod/keys/pub-key-ffffffff.pem"


@cache
def _key() -> rsa.RSAPrivateKey:
    """Return Adobe's private key: to generate one takes up to 0.2 s."""
    return rsa.generate_private_key(65537, 2048)


@dataclass
class Adobe:
    """Adobe's two hosts on loopback, and the private key by which it signs."""

    server: Server
    key: rsa.RSAPrivateKey = field(default_factory=_key)

    @property
    def public_key(self) -> bytes:
        """The public key as its host has it."""
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def respond(self, received: Received, connection: Any) -> None:
        """Answer with the key at its path, with nothing elsewhere."""
        known = received.target == KEY_PATH or received.target.startswith("/confirm")
        chosen: Respond = answer(200, self.public_key, "application/x-pem-file") if known else answer(404, b"<Error/>")
        chosen(received, connection)

    def signed(self, body: bytes, path: str = KEY_PATH, text: bytes | None = None) -> dict[str, str]:
        """Return the headers of a delivery."""
        signature = base64.b64encode(self.key.sign(body if text is None else text, PKCS1v15(), SHA256())).decode()
        wrong = base64.b64encode(b"0" * 256).decode()
        return {
            "x-adobe-digital-signature-1": wrong,
            "x-adobe-public-key1-path": OTHER_PATH,
            "x-adobe-digital-signature-2": signature,
            "x-adobe-public-key2-path": path,
        }


@dataclass
class Served:
    """The served intake, with its ledger and its bus."""

    url: str
    ledger: Ledger
    bus: Bus
    adobe: Adobe
    parts: Parts
    intake: IntakeParts
    changes: CommerceChanges

    def post(self, path: str, content: Any = b"", **headers: str) -> httpx2.Response:
        """Send a request; underscores in names of headers become hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx2.post(f"{self.url}{path}", content=content, headers=named, timeout=SOON, verify=PLAIN)

    def get(self, path: str) -> httpx2.Response:
        """Get an address."""
        return httpx2.get(f"{self.url}{path}", verify=PLAIN)

    def token(self, account: str = "acme", stores: tuple[str, ...] = (), events: tuple[str, ...] = ()) -> str:
        """Return a new token of a publisher that is bound to these."""
        context = self.context
        set_publisher(context, account, stores, events, actor=ACTOR)
        return make_token(context, account, actor=ACTOR).token

    @property
    def context(self) -> Any:
        """The context of operations."""
        gateways: Any = self.parts.gateways
        return Context(self.parts.settings, self.ledger, gateways, gateways.commerce.catalog)

    def deliver(self, *events: dict[str, Any], **headers: str) -> httpx2.Response:
        """Deliver events as Adobe does, in a batch where there are several."""
        body = json.dumps(events[0] if len(events) == 1 else list(events)).encode()
        return self.post("/commerce/events", body, **(self.adobe.signed(body) | headers))

    def waiting(self, queue: str) -> int:
        """Return how many messages a queue has."""
        return self.bus.message_count(queue)

    def changed_shipments(self) -> int:
        """Return how many shipments are to be read."""
        with self.ledger.read() as work:
            return work.changed_shipments.count()


@pytest.fixture
def served(parts: Parts) -> Iterator[Served]:
    """The intake, with Adobe's events and the shop's webhook."""
    stop = Event()
    with serving() as adobe_server:
        adobe = Adobe(adobe_server)
        adobe_server.respond = adobe.respond
        changes = CommerceChanges(parts.ledger, parts.bus, 5.0)
        keys = PublicKeys(adobe_server.url, NoErrorLog())
        confirmation = RegistrationConfirmation(adobe_server.url, NoErrorLog())
        events = IoEvents(CLIENT_ID, keys, confirmation, parts.ledger, changes)
        secret = Secret("SECRET", WEBHOOK_SECRET, None)
        webhook = ShopWebhook(secret, parts.ledger, changes, lambda: parts.ledger.now().timestamp())
        intake = IntakeParts(parts.ledger, parts.bus, events, webhook)
        server = IntakeServer(create_app(intake), "127.0.0.1", 0, events.close)
        thread = Thread(target=server.run, args=(stop,))
        thread.start()
        try:
            yield Served(f"http://127.0.0.1:{server.port}", parts.ledger, parts.bus, adobe, parts, intake, changes)
        finally:
            stop.set()
            thread.join(SOON)
            assert not thread.is_alive()
