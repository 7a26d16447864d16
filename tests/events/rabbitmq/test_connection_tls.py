"""RabbitMQ by `amqps://`: messages of any size pass, and certificates are checked on both sides."""

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from events.bus import Bus
from events.errors import BrokerUnavailableError
from events.large_bodies import cut
from events.open_bus import open_bus
from events.rabbitmq.kombu_publisher import KombuPublisher
from faults.proxy import Proxy
from schemas.message import Message
from tests.events.bus_contract import SOON, ids, message, receive_all
from tests.events.declared import PLACED
from tests.events.rabbitmq.tls import CertificateAuthority, Identity, server_context
from tests.harness import eventually

ADDRESS, OTHER_ADDRESS = "127.0.0.1", "127.0.0.2"


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    """The authority that signed the server's certificate."""
    return CertificateAuthority(tmp_path, "authority")


@pytest.fixture
def identity(authority: CertificateAuthority) -> Identity:
    """The server's certificate and key."""
    return authority.issue(ADDRESS)


@pytest.fixture
def tls_proxy(vhost_url: str, identity: Identity) -> Iterator[Proxy]:
    """A proxy of the broker that speaks TLS."""
    proxy = Proxy(urlsplit(vhost_url).port or 5672, server_context(identity))
    yield proxy
    proxy.close()


def url_of(vhost_url: str, tls_proxy: Proxy, **query: object) -> str:
    """Return the URL of the virtual host through the TLS proxy."""
    parts = urlsplit(vhost_url)
    address = f"{parts.username}:{parts.password}@{ADDRESS}:{tls_proxy.port}"
    return f"amqps://{address}{parts.path}?{urlencode(query)}"


@pytest.fixture
def trusted_url(vhost_url: str, tls_proxy: Proxy, authority: CertificateAuthority) -> str:
    """The URL of a client that trusts the authority."""
    return url_of(vhost_url, tls_proxy, cacertfile=authority.certificate)


@pytest.fixture
def tls_bus(trusted_url: str, bus: Bus) -> Iterator[Bus]:
    """A bus connected by TLS."""
    tls_bus = open_bus(trusted_url, "tls")
    yield tls_bus
    tls_bus.close()


def test_large_and_many_messages_pass_in_both_directions(tls_bus: Bus) -> None:
    large = Message(id="m-0", name="order.placed", body=bytes(range(256)) * 8192)
    many = [Message(id=f"m-{number}", name="order.placed", body=bytes(4096)) for number in range(1, 1000)]
    subscription = tls_bus.subscribe(PLACED, prefetch=1000)
    tls_bus.publish([large, *many]).wait(SOON)
    received = receive_all(subscription, 1000)
    assert [delivery.message for delivery in received] == [cut(large), *many]
    subscription.ack(received)
    subscription.close()
    assert tls_bus.message_count(PLACED) == 0


def test_a_cut_connection_is_restored(tls_bus: Bus, tls_proxy: Proxy) -> None:
    subscription = tls_bus.subscribe(PLACED, prefetch=10)
    tls_bus.publish([message(1)]).wait(SOON)
    receive_all(subscription, 1)
    tls_proxy.cut()
    assert ids(receive_all(subscription, 1)) == ["m-1"]


def test_kombu_publishes_by_the_same_url(trusted_url: str, bus: Bus) -> None:
    publisher = KombuPublisher(trusted_url)
    publisher.publish([message(1)])
    publisher.close()
    assert ids(receive_all(bus.subscribe(PLACED, prefetch=1), 1)) == ["m-1"]


def test_a_client_without_tls_learns_the_likely_cause(trusted_url: str) -> None:
    plain = open_bus(trusted_url.partition("?")[0].replace("amqps:", "amqp:"), "plain")
    with pytest.raises(BrokerUnavailableError, match="amqp:// or amqps://"):
        plain.publish([message(1)]).wait(SOON)
    plain.close()


class TestUntrustedServer:
    """A server whose certificate is of an unknown authority, or for another address."""

    @pytest.fixture(params=["of another authority", "for another address"])
    def identity(self, request: pytest.FixtureRequest, tmp_path: Path, authority: CertificateAuthority) -> Identity:
        """A certificate that clients must not accept."""
        if request.param == "for another address":
            return authority.issue(OTHER_ADDRESS)
        return CertificateAuthority(tmp_path, "another").issue(ADDRESS)

    def test_no_client_connects(self, tls_bus: Bus, trusted_url: str) -> None:
        with pytest.raises(BrokerUnavailableError, match=r"cannot be reached: .*certificate"):
            tls_bus.publish([message(1)]).wait(SOON)
        with pytest.raises(BrokerUnavailableError, match=r"cannot be reached: .*certificate"):
            KombuPublisher(trusted_url).publish([message(1)])

    def test_a_client_without_verification_connects(self, vhost_url: str, tls_proxy: Proxy, bus: Bus) -> None:
        unchecked = url_of(vhost_url, tls_proxy, verify="verify_none")
        unchecked_bus = open_bus(unchecked, "unchecked")
        unchecked_bus.publish([message(1)]).wait(SOON)
        unchecked_bus.close()
        publisher = KombuPublisher(unchecked)
        publisher.publish([message(2)])
        publisher.close()
        assert ids(receive_all(bus.subscribe(PLACED, prefetch=2), 2)) == ["m-1", "m-2"]


class TestMutualTls:
    """A server that requires a client certificate."""

    @pytest.fixture
    def tls_proxy(self, vhost_url: str, authority: CertificateAuthority, identity: Identity) -> Iterator[Proxy]:
        """A proxy that accepts only clients with a certificate of the authority."""
        proxy = Proxy(urlsplit(vhost_url).port or 5672, server_context(identity, clients=authority))
        yield proxy
        proxy.close()

    def test_a_client_with_a_certificate_connects(
        self, vhost_url: str, tls_proxy: Proxy, authority: CertificateAuthority, bus: Bus
    ) -> None:
        client = authority.issue("127.0.0.9")
        files = {"cacertfile": authority.certificate, "certfile": client.certificate, "keyfile": client.key}
        authenticated = open_bus(url_of(vhost_url, tls_proxy, **files), "authenticated")
        authenticated.publish([message(1)]).wait(SOON)
        authenticated.close()
        publisher = KombuPublisher(url_of(vhost_url, tls_proxy, **files))
        publisher.publish([message(2)])
        publisher.close()
        assert ids(receive_all(bus.subscribe(PLACED, prefetch=2), 2)) == ["m-1", "m-2"]

    def test_a_client_without_a_certificate_is_refused(self, tls_bus: Bus, trusted_url: str) -> None:
        with pytest.raises(BrokerUnavailableError, match="requires a client certificate"):
            tls_bus.publish([message(1)]).wait(SOON)
        with pytest.raises(BrokerUnavailableError):
            KombuPublisher(trusted_url).publish([message(1)])


@pytest.mark.parametrize("meanwhile", [b"", b"not a certificate"])
def test_files_that_are_replaced_serve_the_next_connection(
    vhost_url: str, tmp_path: Path, bus: Bus, meanwhile: bytes
) -> None:
    authority = CertificateAuthority(tmp_path, "authority")
    context = server_context(authority.issue(ADDRESS))
    tls_proxy = Proxy(urlsplit(vhost_url).port or 5672, context)
    rotated = open_bus(url_of(vhost_url, tls_proxy, cacertfile=authority.certificate), "rotated")
    with closing(tls_proxy), closing(rotated):
        rotated.publish([message(1)]).wait(SOON)
        if meanwhile:  # a client that connects while the file is being written
            authority.certificate.write_bytes(meanwhile)
            tls_proxy.cut()
            with pytest.raises(BrokerUnavailableError, match=r"TLS file|was lost"):
                rotated.publish([message(2)]).wait(SOON)
        context.load_cert_chain(*CertificateAuthority(tmp_path, "authority").issue(ADDRESS))
        tls_proxy.cut()
        _publish_soon(rotated, message(3))
    assert "m-3" in ids(receive_all(bus.subscribe(PLACED, prefetch=10), 2))


def _publish_soon(bus: Bus, published: Message) -> None:
    """Publish once the bus has reconnected; a message on its way while the connection is cut is refused."""

    def confirmed() -> bool:
        with suppress(BrokerUnavailableError):
            bus.publish([published]).wait(SOON)
            return True
        return False

    eventually(confirmed, "publishing")
