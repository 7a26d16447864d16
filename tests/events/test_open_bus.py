"""The broker URL: the bus that it opens, and the errors of a wrong one."""

import ssl

import pytest

from events.memory.bus import MemoryBus
from events.open_bus import open_bus
from events.rabbitmq.bus import RabbitMqBus
from events.rabbitmq.kombu_publisher import KombuPublisher
from events.rabbitmq.url import addresses_of
from schemas.errors import SettingsError


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("memory://", MemoryBus),
        ("memory://somewhere", MemoryBus),
        ("amqp://127.0.0.1/", RabbitMqBus),
        ("amqps://rabbit.example.com/", RabbitMqBus),
    ],
)
def test_the_scheme_chooses_the_bus(url: str, kind: type) -> None:
    bus = open_bus(url, "test")
    assert isinstance(bus, kind)
    bus.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "redis://127.0.0.1/",
        "amqp://",
        "amqp://guest:secret-word@host:port/",
        "amqp://guest:secret-word/x@host/",
        "amqp://guest:secret-word#x@host/",
        "amqp://guest:1?secret-word@host/",
        "amqp://guest:1/secret-word@host/",
        "amqp://guest:secret-word;x@host/",
        "amqp://guest:secret-word@one/;redis://two/",
        "amqp://guest:secret-word@host/?verify=verify_none",
        "amqps://guest:secret-word@host/?verify=perhaps",
        "amqps://guest:secret-word@host/?heartbeet=3",
        "amqps://guest:secret-word@host/?cacertfile=/no/such/file",
    ],
)
def test_the_error_of_a_wrong_url_names_the_variable_and_hides_the_password(url: str) -> None:
    with pytest.raises(SettingsError, match="CROSSDOCK_BROKER_URL") as caught:
        open_bus(url, "test")
    assert "secret-word" not in str(caught.value)


@pytest.mark.parametrize("host", ["rabbit.example.com", "192.0.2.7", "[2001:db8::7]"])
def test_another_machine_without_tls_is_refused_unless_the_settings_say_so(host: str) -> None:
    for url in (f"amqp://{host}/", f"amqp://localhost/;amqp://{host}/"):
        with pytest.raises(
            SettingsError, match=r"another machine.* write amqps://, or set CROSSDOCK_ALLOW_UNENCRYPTED"
        ):
            open_bus(url, "test")
        open_bus(url, "test", allow_unencrypted=True).close()
        with pytest.raises(SettingsError, match="another machine"):
            KombuPublisher(url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_this_machine_needs_no_tls(host: str) -> None:
    open_bus(f"amqp://{host}/", "test").close()


def test_all_parts_of_a_url_are_parsed() -> None:
    (address,) = addresses_of("amqp://someone:p%40ss%3Bword@rabbit.example.com:1234/orders%2Flive")
    assert (address.host, address.port, address.vhost) == ("rabbit.example.com", 1234, "orders/live")
    assert (address.user, address.password) == ("someone", "p@ss;word")
    assert "p@ss;word" not in repr(address)
    assert address.display == "rabbit.example.com:1234/orders/live"


def test_omitted_parts_of_a_url_have_rabbitmqs_defaults() -> None:
    plain, secure = addresses_of("amqp://one; amqps://[::1]/")
    assert (plain.port, plain.user, plain.password, plain.vhost) == (5672, "guest", "guest", "/")
    assert (secure.host, secure.port, secure.vhost) == ("::1", 5671, "/")


def test_tls_checks_the_certificate_and_its_name_by_default() -> None:
    checked, unchecked = addresses_of("amqps://one/;amqps://two/?verify=verify_none")
    assert checked.tls is not None
    assert unchecked.tls is not None
    context = checked.tls.context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert unchecked.tls.context().verify_mode == ssl.CERT_NONE
