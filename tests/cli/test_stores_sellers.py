"""Several sellers at the terminal: stores bound to them, lists that show them, and names that are refused."""

import pytest

from tests.cli.conftest import Shell

TWO = {
    "SELLERS": "acme,beta",
    "ACME_SELLER_ID": "A1",
    "BETA_SELLER_ID": "A2",
    "BETA_REGION": "eu",
    "BETA_REFRESH_TOKEN": "beta-secret-token",
}


@pytest.fixture
def sellers(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    for name, value in TWO.items():
        monkeypatch.setenv(f"CROSSDOCK_AMAZON_{name}", value)
    shell.ok("stores", "add", "us", "--marketplace-id", "ATVPDKIKX0DER", "--seller", "acme")
    return shell


def test_a_stores_seller_is_set_changed_and_shown(sellers: Shell) -> None:
    assert "acme" in sellers.ok("stores", "list").out
    assert sellers.ok("stores", "set", "us", "--seller", "beta", "--json").json["seller"] == "beta"
    assert "beta" in sellers.ok("stores", "show", "us").out


def test_a_made_up_seller_is_refused_in_a_sentence(sellers: Shell) -> None:
    for command in (("stores", "add", "de"), ("stores", "set", "us"), ("backfills", "start", "--from", "2026-10-01")):
        refused = sellers.run(*command, "--seller", "gamma")
        assert refused.code == 1
        assert "There is no seller gamma: CROSSDOCK_AMAZON_SELLERS has acme, beta." in refused.err


def test_a_command_about_one_seller_asks_which(sellers: Shell) -> None:
    for command in (("intake", "amazon", "check"), ("backfills", "start", "--from", "2026-10-01")):
        refused = sellers.run(*command)
        assert refused.code == 1
        assert "Name one of the sellers" in refused.err


def test_the_settings_of_each_seller_are_shown_without_its_secrets(sellers: Shell) -> None:
    shown = sellers.ok("config", "check", "--json").json["settings"]
    assert shown["CROSSDOCK_AMAZON_SELLERS"] == "acme,beta"
    assert (shown["CROSSDOCK_AMAZON_ACME_SELLER_ID"], shown["CROSSDOCK_AMAZON_BETA_REGION"]) == ("A1", "eu")
    assert shown["CROSSDOCK_AMAZON_BETA_REFRESH_TOKEN"] == "(set)"
    assert "beta-secret-token" not in sellers.ok("config", "check").out
