"""RabbitMQ for the tests: given, in a container, a private node of Debian's, or this machine's own."""

import http.client
import json
import os
import uuid
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.servers import containers
from tests.servers.processes import wait_until
from tests.servers.rabbitmq_node import Node
from tests.servers.tiers import Server, UnavailableError


def given(_run: Path) -> Server:
    """The broker that the environment names; its management API makes the virtual hosts."""
    url = os.environ.get("CROSSDOCK_TEST_BROKER_URL")
    if not url:
        raise UnavailableError("CROSSDOCK_TEST_BROKER_URL is not set")
    admin = os.environ.get("CROSSDOCK_TEST_MANAGEMENT_URL") or f"http://{urlsplit(url).hostname}:15672"
    return _checked(Server(url.rstrip("/"), admin))


def contained(run: Path) -> Server:
    """RabbitMQ 4 in a container."""
    amqp, admin = containers.start(run, "rabbitmq:4-management", 5672, 15672)
    server = Server(f"amqp://guest:guest@{amqp}", f"http://{admin}")
    wait_until(lambda: answers(server), seconds=60)
    return _checked(server)


def private(run: Path) -> Server:
    """A node of its own from Debian's package, with its own port mapper; root or not."""
    node = Node(run)
    node.start()
    server = server_of(node)
    wait_until(lambda: answers(server), seconds=50, alive=lambda: node.alive)
    return _checked(server)


def server_of(node: Node) -> Server:
    """Where a node of our own is."""
    return Server(f"amqp://guest:guest@127.0.0.1:{node.port}", f"http://127.0.0.1:{node.admin_port}")


def local(_run: Path) -> Server:
    """The server that already runs on this machine, if its management API lets guest in."""
    return _checked(Server("amqp://guest:guest@127.0.0.1:5672", "http://127.0.0.1:15672"))


WAYS = (given, contained, private, local)


@contextmanager
def fresh_vhost(server: Server) -> Iterator[str]:
    """The URL of a virtual host that is empty, and gone afterwards."""
    name = f"test-{uuid.uuid4().hex}"
    user = urlsplit(server.url).username or "guest"
    ask(server, "PUT", f"/api/vhosts/{name}")
    ask(server, "PUT", f"/api/permissions/{name}/{user}", {"configure": ".*", "write": ".*", "read": ".*"})
    try:
        yield f"{server.url}/{name}"
    finally:
        ask(server, "DELETE", f"/api/vhosts/{name}")


def _checked(server: Server) -> Server:
    if not answers(server):
        raise UnavailableError(f"no RabbitMQ management API answers at {server.admin}")
    return server


def answers(server: Server) -> bool:
    """Whether clients are served: the AMQP port is the last that a node opens."""
    try:
        listeners = json.loads(ask(server, "GET", "/api/overview"))["listeners"]
    except (OSError, UnavailableError, http.client.HTTPException):
        return False
    return any(listener["protocol"] in ("amqp", "amqp/ssl") for listener in listeners)


def ask(server: Server, method: str, path: str, body: dict[str, str] | None = None) -> bytes:
    """Ask the management API. Raises UnavailableError when it refuses, OSError when it is away."""
    admin, client = urlsplit(server.admin), urlsplit(server.url)
    login = b64encode(f"{client.username}:{client.password}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(admin.hostname or "127.0.0.1", admin.port, timeout=10)
    try:
        connection.request(method, path, json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        text = response.read()
    finally:
        connection.close()
    if response.status >= http.HTTPStatus.BAD_REQUEST:
        raise UnavailableError(f"{server.admin} answered {response.status} to {method} {path}")
    return text
