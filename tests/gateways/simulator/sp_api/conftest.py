"""An Amazon with one order, and a caller with a token."""

from collections.abc import Iterator

import pytest

from tests.gateways.simulator.sp_api.accounts import (
    ORDER,
    Caller,
    CheckedAmazon,
    Clock,
    place,
    signed_in,
)


@pytest.fixture
def amazon() -> Iterator[Caller]:
    server = CheckedAmazon(clock=Clock())
    place(server, ORDER)
    yield signed_in(server)
    assert not server.wrong_answers
