"""crossdock topology: on RabbitMQ, and the files that make the accounts."""

from pathlib import Path

import pytest

from tests.cli.conftest import Shell


def test_objects_that_rabbitmq_lacks_are_named_and_declared(
    shell: Shell, vhost_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSDOCK_BROKER_URL", vhost_url)
    before = shell.run("topology", "check")
    assert (before.code, before.out) == (1, "")
    assert "importer" in before.err
    assert shell.ok("topology", "apply").out.endswith(" queues declared.\n")
    assert shell.ok("topology", "check").out == "All exchanges and queues exist.\n"
    assert shell.ok("topology", "check", "--json").json == {"problems": []}


def test_policies_are_written_for_rabbitmqctl(shell: Shell) -> None:
    names = {policy["name"] for policy in shell.ok("topology", "policies", "--json").json}
    script = shell.ok("topology", "policies", "--vhost", "orders").out
    assert names
    assert all(f" {name} " in script for name in names)
    assert "orders" in script


def test_accounts_are_listed_and_written_with_their_passwords(shell: Shell, tmp_path: Path) -> None:
    listed = shell.ok("topology", "permissions", "--publisher", "shop", "--prefix", "test-").out.splitlines()
    assert listed[0] == "ACCOUNT\tCONFIGURE\tWRITE\tREAD\tFOR"
    names = [line.partition("\t")[0] for line in listed[1:]]
    accounts = shell.ok("topology", "permissions", "--publisher", "shop", "--prefix", "test-", "--json").json
    assert names == [account["name"] for account in accounts]
    folder = tmp_path / "accounts"
    written = shell.ok("topology", "permissions", str(folder), "--publisher", "shop").out
    assert written.endswith(" has the passwords: keep it.\n")
    files = shell.ok("topology", "permissions", str(folder), "--publisher", "shop", "--json").json["files"]
    assert sorted(map(Path, files)) == sorted(folder.iterdir())
