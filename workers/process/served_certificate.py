"""The certificate of a server of ours, from files, which are read again for a connection that comes after they changed.

So a certificate is renewed in place, as certbot and cert-manager do it, and connections that are open stay.
"""

import ssl
from pathlib import Path
from typing import Any

import structlog

from schemas.errors import SettingsError

log = structlog.get_logger(__name__)

Stamps = tuple[tuple[int, int, int], ...]


class ServedCertificate:
    """TLS options of a server with which each connection gets the newest certificate.

    While files are being replaced, and do not fit, connections get the former ones.
    """

    def __init__(self, certificate: str, key: str | None, client_authorities: str | None) -> None:
        """Read files in PEM; see `served_certificate`. Raises OSError or ValueError when they do not fit."""
        self._files = [certificate, *(file for file in (key, client_authorities) if file)]
        self._certificate, self._key, self._client_authorities = certificate, key, client_authorities
        self._seen = self._stamps()
        self._newest = self._read()
        self._first = self._read()
        self._first.sni_callback = self._choose

    def for_uvicorn(self, *_: Any) -> ssl.SSLContext:
        """Return the options, as the factory of uvicorn's setting `ssl_context_factory`."""
        return self._first

    def _choose(self, connection: Any, _name: str | None, _context: ssl.SSLContext) -> None:
        """Give a connection that begins the newest certificate. OpenSSL calls this without a server's name as well."""
        self._renew()
        connection.context = self._newest

    def _renew(self) -> None:
        try:
            stamps = self._stamps()
            if stamps == self._seen:
                return
            self._seen = stamps
            self._newest = self._read()
        except (OSError, ValueError) as error:
            log.warning("certificate not renewed", file=self._certificate, error=type(error).__name__)
        else:
            log.info("certificate renewed", file=self._certificate)

    def _stamps(self) -> Stamps:
        statuses = (Path(file).stat() for file in self._files)
        return tuple((status.st_mtime_ns, status.st_ino, status.st_size) for status in statuses)

    def _read(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._certificate, self._key, _no_passphrase)
        if self._client_authorities:
            context.load_verify_locations(self._client_authorities)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def _no_passphrase() -> str:
    """Refuse a key that is encrypted: OpenSSL would ask for its passphrase at the terminal."""
    raise ValueError("the key is encrypted")


def served_certificate(
    setting: str, certificate: str | None, key: str | None, client_authorities: str | None = None
) -> ServedCertificate | None:
    """Return the certificate of the settings `…_CERT_FILE`, `…_KEY_FILE`, `…_CLIENT_CA_FILE`; None without the first.

    With *client_authorities* only clients are let in that have a certificate of one of these. Raises SettingsError.
    """
    if certificate is None:
        if key or client_authorities:
            raise SettingsError(f"{setting}_CERT_FILE is missing: without a certificate there is no TLS.")
        return None
    try:
        return ServedCertificate(certificate, key, client_authorities)
    except (OSError, ValueError):
        named = f"{setting}_CERT_FILE and {setting}_KEY_FILE are not a certificate and its key"
        clients = f", or {setting}_CLIENT_CA_FILE has no certificate" if client_authorities else ""
        raise SettingsError(f"{named}{clients}; name files in PEM that Crossdock may read.") from None
