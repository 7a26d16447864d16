"""The broker URL, parsed. Several hosts are separated by `;`, as in kombu."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from schemas.errors import SettingsError
from schemas.hosts import is_this_machine
from schemas.input_limits import InputLimitError, read_secret

SCHEMES = ("amqp", "amqps")
PORTS = {"amqp": 5672, "amqps": 5671}
PARAMETERS = ("cacertfile", "certfile", "keyfile", "verify")
VERIFICATIONS = ("verify_peer", "verify_none")

_FORM = (
    "every host needs the form amqp://USER:PASSWORD@HOST:5672/VHOST;"
    " within a part of it write / # ? ; @ as %2F %23 %3F %3B %40"
)


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS options. The server's certificate and host name are checked if `verify`."""

    cacertfile: str | None
    certfile: str | None
    keyfile: str | None
    verify: bool

    def context(self) -> ssl.SSLContext:
        """Return the SSL context. Raises SettingsError when a file cannot be read."""
        try:
            for path in filter(None, (self.cacertfile, self.certfile, self.keyfile)):
                read_secret(Path(path))  # OpenSSL would read a device without end
            context = ssl.create_default_context(cafile=self.cacertfile)
            if self.certfile:
                context.load_cert_chain(self.certfile, self.keyfile)
        except (OSError, InputLimitError) as error:
            raise _wrong(f"a TLS file cannot be used: {error}") from None
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True, slots=True)
class Address:
    """One host of the URL."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    vhost: str
    tls: Tls | None

    @property
    def display(self) -> str:
        """The address without user and password."""
        return f"{self.host}:{self.port}/{self.vhost}"


def redacted_url(url: str) -> str:
    """Return the URL without passwords. Raises as `addresses_of` does."""
    return ";".join(map(_redacted, addresses_of(url)))


def account_of(url: str) -> str:
    """Return the account of the URL. Raises as `addresses_of` does."""
    return addresses_of(url)[0].user


def _redacted(address: Address) -> str:
    unchecked = "?verify=verify_none" if address.tls and not address.tls.verify else ""
    scheme = "amqps" if address.tls else "amqp"
    return f"{scheme}://{quote(address.user)}:***@{address.display}{unchecked}"


def addresses_of(url: str) -> tuple[Address, ...]:
    """Return every host of an `amqp://` or `amqps://` URL, with the query parameters of RabbitMQ's URI specification.

    All have one user, whose name messages carry. Raises SettingsError, without user and password in it.
    """
    addresses = tuple(_address(part.strip()) for part in url.split(";"))
    if len({address.user for address in addresses}) > 1:
        raise _wrong("its hosts have different users; they are one cluster, with the same accounts")
    return addresses


def encrypted_addresses_of(url: str) -> tuple[Address, ...]:
    """Return every host as `addresses_of` does. Raises SettingsError for one on another machine without TLS, too."""
    addresses = addresses_of(url)
    for address in addresses:
        if address.tls is None and not is_this_machine(address.host):
            raise _wrong(
                f"{address.host} is another machine, and amqp:// is not encrypted; write amqps://, or set"
                " CROSSDOCK_ALLOW_UNENCRYPTED=true where nobody else can reach the network between"
            )
    return addresses


def _address(url: str) -> Address:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # its text may contain a part of the password
        raise _wrong(_FORM) from None
    if parts.scheme not in SCHEMES or not parts.hostname or "@" in f"{parts.path}{parts.query}{parts.fragment}":
        raise _wrong(_FORM)
    return Address(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        user=unquote(parts.username or "guest"),
        password=unquote(parts.password or "guest"),
        vhost=unquote(parts.path[1:]) or "/",
        tls=_tls(parts),
    )


def _tls(parts: SplitResult) -> Tls | None:
    query = dict(parse_qsl(parts.query))
    unknown = sorted(set(query) - set(PARAMETERS))
    if unknown:
        raise _wrong(f"the parameter {unknown[0]} is unknown; use {', '.join(PARAMETERS)}")
    if parts.scheme == "amqp":
        if query:
            raise _wrong(f"{min(query)} is for amqps:// only")
        return None
    verify = query.get("verify", "verify_peer")
    if verify not in VERIFICATIONS:
        raise _wrong(f"verify must be one of {', '.join(VERIFICATIONS)}")
    return Tls(query.get("cacertfile"), query.get("certfile"), query.get("keyfile"), verify == "verify_peer")


def _wrong(reason: str) -> SettingsError:
    return SettingsError(f"CROSSDOCK_BROKER_URL is wrong: {reason}.")
