"""RabbitMQ for the tests: given, in a container, a private node of Debian's, or the local one."""

import http.client
import json
import os
import uuid
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from events.accounts import accounts
from events.rabbitmq.definitions import definitions
from tests.servers import containers
from tests.servers.processes import wait_until
from tests.servers.rabbitmq_node import Node
from tests.servers.tiers import RUN_FOLDER, Server, UnavailableError

START_TIMEOUT = 240.0
"""Seconds for a node to answer after it was started, on a busy machine."""


def given(_run: Path) -> Server:
    """Use the broker that the environment names; its management API creates the virtual hosts."""
    url = os.environ.get("CROSSDOCK_TEST_BROKER_URL")
    if not url:
        raise UnavailableError("CROSSDOCK_TEST_BROKER_URL is not set")
    admin = os.environ.get("CROSSDOCK_TEST_MANAGEMENT_URL") or f"http://{urlsplit(url).hostname}:15672"
    return _checked(Server(url.rstrip("/"), admin))


def contained(run: Path) -> Server:
    """Start RabbitMQ 4 in a container."""
    amqp, admin = containers.start(run, "rabbitmq:4-management", 5672, 15672)
    server = Server(f"amqp://guest:guest@{amqp}", f"http://{admin}")
    wait_until(lambda: answers(server), seconds=START_TIMEOUT)
    return _checked(server)


def private(run: Path) -> Server:
    """Start a private node of Debian's package, with its own port mapper; as root or not."""
    node = Node(run)
    node.start()
    server = server_of(node)
    wait_until(lambda: answers(server), seconds=START_TIMEOUT, alive=lambda: node.alive)
    return _checked(server)


def server_of(node: Node) -> Server:
    """Return the addresses of a private node."""
    return Server(f"amqp://guest:guest@127.0.0.1:{node.port}", f"http://127.0.0.1:{node.admin_port}")


def local(_run: Path) -> Server:
    """Use the server that runs on this machine, if guest may use its management API."""
    return _checked(Server("amqp://guest:guest@127.0.0.1:5672", "http://127.0.0.1:15672"))


WAYS = (given, contained, private, local)


@contextmanager
def own_node(name: str) -> Iterator[Node]:
    """Give a private node for a test that would disturb others on the run's: by an alarm, or by limits of its own.

    Skips where RabbitMQ is not installed.
    """
    try:
        node = Node(Path(os.environ[RUN_FOLDER]), folder=f"{name}-{uuid.uuid4().hex}")
    except UnavailableError as reason:
        pytest.skip(str(reason))
    node.start()
    try:
        assert wait_until(lambda: answers(server_of(node)), seconds=START_TIMEOUT, alive=lambda: node.alive)
        yield node
    finally:
        node.stop()
        node.wipe()


@contextmanager
def fresh_vhost(server: Server) -> Iterator[str]:
    """Give the URL of a new virtual host; delete it afterwards."""
    name = f"test-{uuid.uuid4().hex}"
    user = urlsplit(server.url).username or "guest"
    ask(server, "PUT", f"/api/vhosts/{name}")
    ask(server, "PUT", f"/api/permissions/{name}/{user}", {"configure": ".*", "write": ".*", "read": ".*"})
    try:
        yield f"{server.url}/{name}"
    finally:
        ask(server, "DELETE", f"/api/vhosts/{name}")


@dataclass(frozen=True)
class SeparateAccounts:
    """A virtual host whose accounts are those of `crossdock topology permissions`, with the prefix *prefix*."""

    admin_url: str
    prefix: str
    names: Mapping[str, str]
    passwords: Mapping[str, str]

    def url(self, role: str) -> str:
        """Return the URL of a role's account."""
        parts = urlsplit(self.admin_url)
        host = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=f"{self.names[role]}:{self.passwords[role]}@{host}").geturl()


@contextmanager
def separate_accounts(server: Server, url: str, publishers: Sequence[str] = ()) -> Iterator[SeparateAccounts]:
    """Make the accounts on the virtual host of *url*; delete them afterwards."""
    prefix = f"test{uuid.uuid4().hex[:12]}-"
    found = accounts(prefix, [f"{prefix[:-1]}.{name}" for name in publishers])
    passwords = {account.role: uuid.uuid4().hex for account in found}
    vhost = unquote(urlsplit(url).path[1:]) or "/"
    ask(server, "POST", "/api/definitions", definitions(found, vhost, passwords))
    try:
        yield SeparateAccounts(url, prefix, {account.role: account.name for account in found}, passwords)
    finally:
        for account in found:
            ask(server, "DELETE", f"/api/users/{account.name}")


def _checked(server: Server) -> Server:
    if not answers(server):
        raise UnavailableError(f"no RabbitMQ management API answers at {server.admin}")
    return server


def answers(server: Server) -> bool:
    """Whether the node serves clients: the AMQP port is the last that it opens."""
    try:
        listeners = json.loads(ask(server, "GET", "/api/overview"))["listeners"]
    except (OSError, UnavailableError, http.client.HTTPException):
        return False
    return any(listener["protocol"] in ("amqp", "amqp/ssl") for listener in listeners)


def ask(server: Server, method: str, path: str, body: Mapping[str, object] | None = None) -> bytes:
    """Call the management API. Raises UnavailableError when it refuses, OSError when it is unavailable."""
    admin, client = urlsplit(server.admin), urlsplit(server.url)
    login = b64encode(f"{client.username}:{client.password}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(admin.hostname or "127.0.0.1", admin.port, timeout=60)
    try:
        connection.request(method, path, json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        text = response.read()
    finally:
        connection.close()
    if response.status >= http.HTTPStatus.BAD_REQUEST:
        raise UnavailableError(f"{server.admin} answered {response.status} to {method} {path}")
    return text
