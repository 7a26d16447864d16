"""The switch between the two ways of a message: in one pass, or by pika alone."""

import pytest

from events.rabbitmq import plain_frames


@pytest.fixture
def by_pika(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no message count as plain, so that pika reads and writes all of them."""
    monkeypatch.setattr(plain_frames, "read_delivery", lambda *_: None)
    monkeypatch.setattr(plain_frames, "publication", lambda *_: None)


@pytest.fixture(autouse=True)
def _by_pika_if_asked(request: pytest.FixtureRequest) -> None:
    """With the option --by-pika every test here is run so, but for those of plain frames."""
    if request.config.getoption("--by-pika") and "test_plain_frames" not in request.node.nodeid:
        request.getfixturevalue("by_pika")
