"""A certificate authority for tests, and the TLS options of a server that uses its certificates."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


class Identity(NamedTuple):
    """The files of a certificate and its key."""

    certificate: Path
    key: Path


class CertificateAuthority:
    """Issues certificates that are valid for a day. Its own is the file `certificate`."""

    def __init__(self, folder: Path, name: str) -> None:
        """Create a key, and a certificate in this folder."""
        self._folder = folder
        self._name = _name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        own = _unsigned(self._name, self._name, self._key.public_key())
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.certificate = self._write(name, own)

    def issue(self, address: str, valid_for: timedelta = DAY) -> Identity:
        """Return a certificate and key for an IP address or a name; with a negative validity it has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        named = x509.SubjectAlternativeName([_general_name(address)])
        unsigned = _unsigned(_name(address), self._name, key.public_key(), valid_for)
        signed = unsigned.add_extension(named, critical=False)
        key_file = self._folder / f"{address}.key"
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return Identity(self._write(address, signed), key_file)

    def _write(self, name: str, unsigned: x509.CertificateBuilder) -> Path:
        file = self._folder / f"{name}.pem"
        file.write_bytes(unsigned.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))
        return file


def server_context(identity: Identity, clients: CertificateAuthority | None = None) -> ssl.SSLContext:
    """Return a server's TLS options; clients need a certificate of *clients*, if given."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*identity)
    if clients:
        context.load_verify_locations(clients.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _general_name(address: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(address))
    except ValueError:
        return x509.DNSName(address)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, valid_for: timedelta = DAY
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - DAY).not_valid_after(now + valid_for)
