"""Adobe's own client for JavaScript works against the served shop unchanged: by OAuth 1.0a, and by IMS."""

import json
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.events.rabbitmq.tls import CertificateAuthority, server_context
from tests.gateways.simulator.rest.shops import ServedShop, serving_shop
from tests.gateways.simulator.rest.test_server_recorded import changed_order
from tests.servers.node import with_packages

CLIENT = Path(__file__).with_name("adobe_client")
IMS_HOST = "ims-na1.adobelogin.com"

pytestmark = pytest.mark.timeout(300)
"""The first run installs the client's packages."""


@pytest.fixture
def shop() -> Iterator[ServedShop]:
    with serving_shop() as served:
        yield served


def call(auth: dict[str, Any], config: dict[str, str], *calls: tuple[Any, ...], **environment: str) -> list[Any]:
    """Return the status and the data of each call."""
    folder = with_packages(CLIENT)
    given = json.dumps({"auth": auth, "config": config, "calls": calls})
    done = subprocess.run(
        ["node", "--input-type=module", "-", given],
        input=(CLIENT / "calls.mjs").read_text(),
        cwd=folder,
        env=os.environ | {"NO_PROXY": "127.0.0.1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def test_by_oauth_it_reads_products_and_creates_and_finds_an_order(shop: ServedShop) -> None:
    known = shop.server.consumer
    auth = {
        "consumerKey": known.key,
        "consumerSecret": known.secret,
        "accessToken": known.token,
        "accessTokenSecret": known.token_secret,
    }
    order = changed_order({"increment_id": "902-1-1", "ext_order_id": "902-1-1"})
    search = "searchCriteria[filter_groups][0][filters][0]"
    product, none, created, found = call(
        auth,
        {"baseUrl": shop.url, "flavor": "paas", "storeViewCode": "default"},
        ("get", "products/SKU-1"),
        ("get", "products/NONE"),
        ("post", "orders", {"json": {"entity": order}}),
        ("get", f"orders?{search}[field]=ext_order_id&{search}[value]=902-1-1"),
    )
    assert (product[0], product[1]["sku"], none[0]) == (200, "SKU-1", 404)
    assert (created[0], found[0]) == (200, 200), (created, found)
    assert [entity["increment_id"] for entity in found[1]["items"]] == ["902-1-1"]


def test_with_another_secret_it_is_refused(shop: ServedShop) -> None:
    known = shop.server.consumer
    auth = {
        "consumerKey": known.key,
        "consumerSecret": "another",
        "accessToken": known.token,
        "accessTokenSecret": known.token_secret,
    }
    config = {"baseUrl": shop.url, "flavor": "paas", "storeViewCode": "default"}
    assert call(auth, config, ("get", "products/SKU-1")) == [
        [401, {"message": "The signature is invalid. Verify and try again."}]
    ]


@contextmanager
def _standing_for(host: str, url: str, tls: ssl.SSLContext) -> Iterator[str]:
    """Proxy the connections to *host*, whose name the client has built in, to the server at *url*."""
    target = urlsplit(url)
    asked: list[bytes] = []

    def pass_on(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while part := source.recv(65536):
                sink.sendall(part)
            sink.shutdown(socket.SHUT_WR)

    def serve(connection: socket.socket) -> None:
        asked.append(connection.recv(65536).split(b"\r\n")[0])
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        there = str(target.hostname), target.port or 80
        with tls.wrap_socket(connection, server_side=True) as client, socket.create_connection(there) as server:
            back = threading.Thread(target=pass_on, args=(server, client))
            back.start()
            pass_on(client, server)
            back.join()

    def accept(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, args=(listener,))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert set(asked) == {f"CONNECT {host}:443 HTTP/1.1".encode()}


def test_by_ims_it_signs_in_and_reads_as_from_the_cloud_service(shop: ServedShop, tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path, "authority")
    auth = {
        "clientId": "client-of-the-test",
        "clientSecrets": ["secret-of-the-test"],
        "technicalAccountId": "account@techacct.example.com",
        "technicalAccountEmail": "account@techacct.example.com",
        "imsOrgId": "organization@AdobeOrg",
        "environment": "prod",
        "scopes": ["openid"],
    }
    config = {"baseUrl": shop.url, "flavor": "saas", "storeViewCode": "default"}
    with _standing_for(IMS_HOST, shop.url, server_context(authority.issue(IMS_HOST))) as proxy:
        answers = call(
            auth,
            config,
            ("get", "products/SKU-1"),
            ("get", "orders?searchCriteria[pageSize]=1"),
            HTTPS_PROXY=proxy,
            NODE_EXTRA_CA_CERTS=str(authority.certificate),
            XDG_CONFIG_HOME=str(tmp_path),
        )
    assert [status for status, _ in answers] == [200, 200], answers
    assert answers[0][1]["sku"] == "SKU-1"
    assert shop.server.ims_tokens
