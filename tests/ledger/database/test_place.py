"""The place of a database: the same for one database however it is opened, another one for a copy."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from tests.servers.templates import migrated_sqlite


def place(url: str) -> str:
    with closing(Ledger.open(url, Cipher.of([bytes(32)]))) as ledger:
        return ledger.place()


def test_a_copied_file_is_elsewhere_and_so_is_a_replaced_one(tmp_path: Path) -> None:
    file, copy = tmp_path / "crossdock.db", tmp_path / "copy.db"
    original = place(migrated_sqlite(file))
    assert place(f"sqlite:///{file}") == original
    shutil.copy(file, copy)
    assert place(f"sqlite:///{copy}") != original
    copy.replace(file)
    assert place(f"sqlite:///{file}") != original


def test_another_database_and_another_name_of_the_server_are_elsewhere(migrated_database_url: str) -> None:
    original = place(migrated_database_url)
    assert " of cluster " in original
    assert place(migrated_database_url) == original
    assert ":5432" in place(migrated_database_url) or ":" in original


@pytest.mark.postgres
def test_a_server_on_this_machine_has_this_machines_name(migrated_database_url: str) -> None:
    by_address, by_name = (
        migrated_database_url.replace("localhost", "127.0.0.1"),
        migrated_database_url.replace("127.0.0.1", "localhost"),
    )
    assert place(by_address) == place(by_name)
