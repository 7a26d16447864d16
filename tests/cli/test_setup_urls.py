"""The commands of setup on database URLs: no part of a password is shown."""

import pytest

from tests.cli.conftest import Shell


@pytest.mark.parametrize("password", ["sword/fish", "sword#fish", "sword?fish", "sword;fish", "swordfish"])
def test_no_password_of_a_database_is_shown_whatever_it_holds(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", f"postgresql://someone:{password}@127.0.0.1:1/orders?sslmode=require")
    shown = shell.ok("config", "check", "--json").json["settings"]["CROSSDOCK_DATABASE_URL"]
    assert shown == "postgresql://someone:***@127.0.0.1:1/orders?..."


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://someone:sword@fish@127.0.0.1:1/orders",
        "postgresql://someone:sword@fish?sword=fish@127.0.0.1:1/orders",
        "postgresql://127.0.0.1:1/orders?user=someone&password=sword@fish",
        "postgresql://127.0.0.1/sword:fish@",
    ],
)
@pytest.mark.parametrize("words", [("config", "check"), ("doctor",), ("orders", "list")], ids=" ".join)
def test_a_database_url_with_an_at_sign_too_many_is_refused_without_a_part_of_its_password(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, url: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", url)
    answer = shell.run(*words)
    assert (answer.code > 0, "write it as %40" in answer.out + answer.err) == (True, True)
    assert not any(part in answer.out + answer.err for part in ("sword:", "sword@", "fish", "someone"))


@pytest.mark.parametrize("name", ["CROSSDOCK_COMMERCE_URL", "CROSSDOCK_COMMERCE_IMS_URL"])
@pytest.mark.parametrize("password", ["swordfish", "sword@fish", "sword%40fish"])
def test_no_password_of_an_outside_system_is_shown(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str, password: str
) -> None:
    monkeypatch.setenv(name, f"https://someone:{password}@shop.example.com")
    answer = shell.run("config", "check", "--json")
    assert "https://" in answer.json["settings"][name]
    assert not any(part in answer.out + answer.err for part in ("sword", "fish"))
