"""RabbitMQ for the tests: given, in a container, a private node of Debian's, or this machine's own."""

import http.client
import json
import os
import shutil
import uuid
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.servers import containers
from tests.servers.processes import free_port, launch, wait_until
from tests.servers.tiers import Server, UnavailableError

NODE_SCRIPT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one in sbin changes user and environment
CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
management.tcp.ip = 127.0.0.1
management.tcp.port = {admin_port}
loopback_users = none
vm_memory_high_watermark.absolute = 512MB
disk_free_limit.absolute = 50MB
"""


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
    wait_until(lambda: _answers(server), seconds=60)
    return _checked(server)


def private(run: Path) -> Server:
    """A node of its own from Debian's package, with its own port mapper; root or not."""
    port_mapper = shutil.which("epmd")
    if not NODE_SCRIPT.exists() or not port_mapper:
        raise UnavailableError("RabbitMQ is not installed (Debian: apt install rabbitmq-server)")
    home = run / "rabbitmq"
    home.mkdir()
    port, admin_port, mapper_port = free_port(), free_port(), free_port()
    (home / "rabbitmq.conf").write_text(CONFIGURATION.format(port=port, admin_port=admin_port))
    (home / "enabled_plugins").write_text("[rabbitmq_management].")
    # Started by the node, the port mapper would outlive it.
    launch(run, [port_mapper, "-address", "127.0.0.1", "-port", str(mapper_port)])
    node = launch(run, [str(NODE_SCRIPT)], env=_environment(home, port, mapper_port))
    server = Server(f"amqp://guest:guest@127.0.0.1:{port}", f"http://127.0.0.1:{admin_port}")
    wait_until(lambda: _answers(server), seconds=50, alive=lambda: node.poll() is None)
    return _checked(server)


def local(_run: Path) -> Server:
    """The server that already runs on this machine, if its management API lets guest in."""
    return _checked(Server("amqp://guest:guest@127.0.0.1:5672", "http://127.0.0.1:15672"))


WAYS = (given, contained, private, local)


@contextmanager
def fresh_vhost(server: Server) -> Iterator[str]:
    """The URL of a virtual host that is empty, and gone afterwards."""
    name = f"test-{uuid.uuid4().hex}"
    user = urlsplit(server.url).username or "guest"
    _ask(server, "PUT", f"/api/vhosts/{name}")
    _ask(server, "PUT", f"/api/permissions/{name}/{user}", {"configure": ".*", "write": ".*", "read": ".*"})
    try:
        yield f"{server.url}/{name}"
    finally:
        _ask(server, "DELETE", f"/api/vhosts/{name}")


def _environment(home: Path, port: int, mapper_port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(home),  # holds the Erlang cookie
        "RABBITMQ_NODENAME": f"crossdock-test-{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "ERL_EPMD_PORT": str(mapper_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_SCHEMA_DIR": str(home / "schema"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq"),
        "RABBITMQ_CONF_ENV_FILE": str(home / "environment.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ("+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}"),
        "ERL_CRASH_DUMP_SECONDS": "0",
    }


def _checked(server: Server) -> Server:
    if not _answers(server):
        raise UnavailableError(f"no RabbitMQ management API answers at {server.admin}")
    return server


def _answers(server: Server) -> bool:
    """Whether clients are served: the AMQP port is the last that a node opens."""
    try:
        listeners = json.loads(_ask(server, "GET", "/api/overview"))["listeners"]
    except (OSError, UnavailableError, http.client.HTTPException):
        return False
    return any(listener["protocol"] in ("amqp", "amqp/ssl") for listener in listeners)


def _ask(server: Server, method: str, path: str, body: dict[str, str] | None = None) -> bytes:
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
