"""The certificate that a server has now, as a new connection gets it."""

import socket
import ssl

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.events.rabbitmq.tls import CertificateAuthority, Identity


def trusting(authority: CertificateAuthority, client: Identity | None = None) -> ssl.SSLContext:
    """Return a client's TLS options; it has a certificate of its own if *client* is given."""
    context = ssl.create_default_context(cafile=authority.certificate)
    if client:
        context.load_cert_chain(*client)
    return context


def served_pem(port: int, context: ssl.SSLContext) -> bytes:
    """Return the certificate of a server on this machine. Raises OSError when it does not let the client in."""
    connection = socket.create_connection(("127.0.0.1", port), 30)
    with context.wrap_socket(connection, server_hostname="127.0.0.1") as tls:
        tls.sendall(b"GET /none HTTP/1.1\r\nHost: x\r\n\r\n")
        if not tls.recv(1):  # by TLS 1.3 a client learns only here that its certificate was refused
            raise ConnectionError("the server ended the connection")
        der = tls.getpeercert(binary_form=True)
    return x509.load_der_x509_certificate(der or b"").public_bytes(Encoding.PEM)
