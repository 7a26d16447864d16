"""crossdock backfills: start, list, show, pause, resume, as text and JSON."""

import pytest

from tests.cli.conftest import Shell

SELLER = {"SELLER_ID": "SELLER-TEST", "CLIENT_ID": "id", "CLIENT_SECRET": "secret", "REFRESH_TOKEN": "refresh"}


@pytest.fixture
def connected(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shop with a store, whose seller is connected."""
    for name, value in SELLER.items():
        monkeypatch.setenv(f"CROSSDOCK_AMAZON_{name}", value)
    shell.ok("stores", "add", "us", "--marketplace-id", "ATVPDKIKX0DER")
    return shell


def test_a_backfill_is_started_shown_paused_and_resumed(connected: Shell) -> None:
    started = connected.ok("backfills", "start", "--from", "2026-10-01", "--to", "2026-11-01", "--json").json
    assert (started["state"], started["created_from"]) == ("running", "2026-10-01T00:00:00Z")
    backfill_id = started["backfill_id"]
    shown = connected.ok("backfills", "show", backfill_id[:6]).out
    span = "0% of orders created from 2026-10-01T00:00:00Z to 2026-11-01T00:00:00Z"
    assert f"Backfill {backfill_id} is running: {span}, 0 orders in 0 calls, 0 published." in shown
    assert "Expected to end: not known before the first window is read." in shown
    assert f"{backfill_id} is paused" in connected.ok("backfills", "pause", backfill_id).out
    assert "paused" in connected.ok("backfills", "list").out
    assert "goes on from 2026-10-01T00:00:00Z" in connected.ok("backfills", "resume", backfill_id).out
    (listed,) = connected.ok("backfills", "list", "--json").json
    assert (listed["backfill_id"], listed["done"]) == (backfill_id, 0.0)


def test_starting_a_backfill_names_the_process_that_carries_it_out(connected: Shell) -> None:
    answer = connected.ok("backfills", "start", "--from", "2026-10-01", "--store", "us")
    assert "is started: orders of us created from 2026-10-01T00:00:00Z" in answer.out
    assert "`crossdock intake amazon`, or `crossdock up`, carries it out." in answer.err


def test_a_wrong_span_and_an_unknown_id_are_refused(connected: Shell) -> None:
    assert connected.run("backfills", "start", "--from", "yesterday").code == 2
    assert connected.run("backfills", "start", "--from", "2026-10-02", "--to", "2026-10-01").code == 1
    assert 'There is no backfill "abc".' in connected.run("backfills", "show", "abc").err
