"""Clients of the tests' own servers, by HTTP without TLS."""

import ssl

PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""TLS options of clients that speak plain HTTP: the default reads the authorities at each request, for 0.05 s."""
