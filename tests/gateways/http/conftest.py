"""Fixtures for tests of the HTTP client: a server on loopback, and the log of failed calls."""

from collections.abc import Iterator

import pytest

from tests.gateways.http.server import Server, serving
from tests.gateways.http.test_client import Log


@pytest.fixture
def server() -> Iterator[Server]:
    """A server whose answer the test chooses."""
    with serving() as served:
        yield served


@pytest.fixture
def log() -> Log:
    """An empty log."""
    return Log()
