"""RabbitMQ by `amqps://`: everything passes, and nobody is believed without proof."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from events.bus import Bus
from events.errors import BrokerUnavailableError
from events.open_bus import open_bus
from events.rabbitmq.kombu_publisher import KombuPublisher
from faults.proxy import Proxy
from schemas.message import Message
from tests.events.bus_contract import PLACED, SOON, drain, ids, message
from tests.events.rabbitmq.tls import Authority, Identity, serving

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Whom the server's certificate is from."""
    return Authority(tmp_path, "authority")


@pytest.fixture
def identity(authority: Authority) -> Identity:
    """Who the server is."""
    return authority.vouch_for(HERE)


@pytest.fixture
def port(vhost_url: str, identity: Identity) -> Iterator[Proxy]:
    """A port of the broker that speaks TLS."""
    proxy = Proxy(urlsplit(vhost_url).port or 5672, serving(identity))
    yield proxy
    proxy.close()


def url_of(vhost_url: str, port: Proxy, **query: object) -> str:
    """The URL of the virtual host through this port."""
    parts = urlsplit(vhost_url)
    address = f"{parts.username}:{parts.password}@{HERE}:{port.port}"
    return f"amqps://{address}{parts.path}?{urlencode(query)}"


@pytest.fixture
def trusted(vhost_url: str, port: Proxy, authority: Authority) -> str:
    """The URL of one who trusts the authority."""
    return url_of(vhost_url, port, cacertfile=authority.certificate)


@pytest.fixture
def secure(trusted: str, bus: Bus) -> Iterator[Bus]:
    """A bus by TLS."""
    secure = open_bus(trusted, "secure")
    yield secure
    secure.close()


def test_large_messages_and_many_pass_both_ways(secure: Bus) -> None:
    large = Message(id="m-0", name="order.placed", body=bytes(range(256)) * 8192)
    many = [Message(id=f"m-{number}", name="order.placed", body=bytes(4096)) for number in range(1, 1000)]
    subscription = secure.subscribe(PLACED, prefetch=1000)
    secure.publish([large, *many]).wait(SOON)
    taken = drain(subscription, 1000)
    assert [delivery.message for delivery in taken] == [large, *many]
    subscription.ack(taken)
    subscription.close()
    assert secure.message_count(PLACED) == 0


def test_it_reconnects_after_a_cut(secure: Bus, port: Proxy) -> None:
    subscription = secure.subscribe(PLACED, prefetch=10)
    secure.publish([message(1)]).wait(SOON)
    drain(subscription, 1)
    port.cut()
    assert ids(drain(subscription, 1)) == ["m-1"]


def test_kombu_publishes_by_the_same_url(trusted: str, bus: Bus) -> None:
    publisher = KombuPublisher(trusted)
    publisher.publish([message(1)])
    publisher.close()
    assert ids(drain(bus.subscribe(PLACED, prefetch=1), 1)) == ["m-1"]


def test_who_speaks_plainly_to_it_learns_what_may_be_wrong(trusted: str) -> None:
    plain = open_bus(trusted.partition("?")[0].replace("amqps:", "amqp:"), "plain")
    with pytest.raises(BrokerUnavailableError, match="amqp:// or amqps://"):
        plain.publish([message(1)]).wait(SOON)
    plain.close()


class TestAStranger:
    """A server whose certificate somebody else has signed, or that is for another address."""

    @pytest.fixture(params=["signed by another", "for another address"])
    def identity(self, request: pytest.FixtureRequest, tmp_path: Path, authority: Authority) -> Identity:
        """Who the server claims to be."""
        if request.param == "for another address":
            return authority.vouch_for(ELSEWHERE)
        return Authority(tmp_path, "another").vouch_for(HERE)

    def test_it_is_told_nothing(self, secure: Bus, trusted: str) -> None:
        with pytest.raises(BrokerUnavailableError, match=r"cannot be reached: .*certificate"):
            secure.publish([message(1)]).wait(SOON)
        with pytest.raises(BrokerUnavailableError, match=r"cannot be reached: .*certificate"):
            KombuPublisher(trusted).publish([message(1)])

    def test_it_is_believed_by_whoever_asks_for_no_proof(self, vhost_url: str, port: Proxy, bus: Bus) -> None:
        unchecked = url_of(vhost_url, port, verify="verify_none")
        anyone = open_bus(unchecked, "unchecked")
        anyone.publish([message(1)]).wait(SOON)
        anyone.close()
        publisher = KombuPublisher(unchecked)
        publisher.publish([message(2)])
        publisher.close()
        assert ids(drain(bus.subscribe(PLACED, prefetch=2), 2)) == ["m-1", "m-2"]


class TestAServerThatWantsProofToo:
    """Mutual TLS."""

    @pytest.fixture
    def port(self, vhost_url: str, authority: Authority, identity: Identity) -> Iterator[Proxy]:
        """A port that lets in only whom the authority vouches for."""
        proxy = Proxy(urlsplit(vhost_url).port or 5672, serving(identity, clients=authority))
        yield proxy
        proxy.close()

    def test_it_lets_in_who_brings_it(self, vhost_url: str, port: Proxy, authority: Authority, bus: Bus) -> None:
        mine = authority.vouch_for("127.0.0.9")
        proof = {"cacertfile": authority.certificate, "certfile": mine.certificate, "keyfile": mine.key}
        known = open_bus(url_of(vhost_url, port, **proof), "known")
        known.publish([message(1)]).wait(SOON)
        known.close()
        publisher = KombuPublisher(url_of(vhost_url, port, **proof))
        publisher.publish([message(2)])
        publisher.close()
        assert ids(drain(bus.subscribe(PLACED, prefetch=2), 2)) == ["m-1", "m-2"]

    def test_it_turns_away_who_does_not(self, secure: Bus, trusted: str) -> None:
        with pytest.raises(BrokerUnavailableError, match="wants a client's certificate"):
            secure.publish([message(1)]).wait(SOON)
        with pytest.raises(BrokerUnavailableError):
            KombuPublisher(trusted).publish([message(1)])
