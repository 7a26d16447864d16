"""The intake as a process has it: which loops run by which settings, and that a stop ends them."""

from dataclasses import replace
from threading import Event, Thread

import httpx2
import pytest

from intake.loops import commerce_loops
from intake.server import IntakeServer
from schemas.errors import SettingsError
from schemas.settings import Settings, read_settings
from tests.harness import SOON, eventually
from tests.servers.plain_http import PLAIN
from tests.servers.processes import free_port
from tests.workers.commerce import shop_intake
from workers.process.parts import Parts
from workers.runner import run_loops


def settings(**values: str) -> Settings:
    return read_settings({f"CROSSDOCK_{name}": value for name, value in values.items()})


def test_without_anything_to_take_from_the_settings_are_named(parts: Parts) -> None:
    with pytest.raises(SettingsError, match="CROSSDOCK_INTAKE_PORT is missing"):
        commerce_loops(parts)


def test_a_port_that_is_taken_is_named(parts: Parts) -> None:
    port = str(free_port())
    loops = commerce_loops(replace(parts, settings=settings(INTAKE_PORT=port)))
    (server,) = loops.values()
    assert isinstance(server, IntakeServer)
    with pytest.raises(SettingsError, match=f"CROSSDOCK_INTAKE_PORT {port} cannot be used"):
        commerce_loops(replace(parts, settings=settings(INTAKE_PORT=port)))
    stop = Event()
    stop.set()
    server.run(stop)


@pytest.mark.parametrize(
    "missing", ["COMMERCE_EVENTS_CLIENT_ID", "COMMERCE_EVENTS_ORGANIZATION", "COMMERCE_EVENTS_CLIENT_SECRET"]
)
def test_a_credential_of_the_journal_that_is_missing_is_named(parts: Parts, missing: str) -> None:
    given = {
        "INTAKE_PORT": "1",
        "COMMERCE_JOURNAL_URL": "https://events.example.com/r-1",
        "COMMERCE_EVENTS_CLIENT_ID": "id",
        "COMMERCE_EVENTS_ORGANIZATION": "org",
        "COMMERCE_EVENTS_CLIENT_SECRET": "secret",
    }
    given.pop(missing)
    with pytest.raises(SettingsError, match=missing):
        commerce_loops(replace(parts, settings=settings(**given)))


def test_all_loops_run_and_a_stop_ends_them(parts: Parts) -> None:
    port = free_port()
    with shop_intake(parts) as shop:
        wanted = settings(
            INTAKE_PORT=str(port),
            COMMERCE_EVENTS_CLIENT_ID="id",
            COMMERCE_EVENTS_ORGANIZATION="org",
            COMMERCE_EVENTS_CLIENT_SECRET="secret",
            COMMERCE_IMS_URL="http://127.0.0.1:9",
            COMMERCE_JOURNAL_URL="http://127.0.0.1:9/r-1",
            COMMERCE_WEBHOOK_SECRET="shared",
        )
        loops = commerce_loops(replace(parts, settings=wanted, commerce=shop.connected.gateway.client))
        assert list(loops) == ["shipment reader", "commerce poll", "journal reader", "intake server"]
        stop = Event()
        thread = Thread(target=run_loops, args=(loops, stop))
        thread.start()
        try:
            url = f"http://127.0.0.1:{port}/commerce/events?challenge=abc"
            eventually(lambda: _text(url) == "abc", "the intake answers")
            eventually(lambda: parts.bus.message_count("catalog-changed") == 2, "the shop is looked at")
        finally:
            stop.set()
            thread.join(SOON)
        assert not thread.is_alive()


def _text(url: str) -> str:
    try:
        return httpx2.get(url, verify=PLAIN).text
    except httpx2.HTTPError:
        return ""
