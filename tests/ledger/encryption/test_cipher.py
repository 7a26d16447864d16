"""The cipher and where its keys come from."""

import os
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.encryption.cipher import Cipher
from ledger.encryption.key_file import keys_from_setting, read_or_make_key, read_or_make_keys
from ledger.errors import CipherError, EncryptionKeyError

OLD, NEW = b"\x01" * 32, b"\x02" * 32


@given(st.binary(max_size=300), st.text(st.characters(max_codepoint=127), max_size=50))
def test_encrypted_data_is_decrypted_in_its_context(data: bytes, context: str) -> None:
    cipher = Cipher.of([OLD])
    encrypted = cipher.encrypt(data, context)
    assert cipher.decrypt(encrypted, context) == data
    assert cipher.encrypt(data, context) != encrypted


def test_encrypted_data_is_not_decrypted_in_another_context() -> None:
    cipher = Cipher.of([OLD])
    with pytest.raises(CipherError, match="damaged or moved"):
        cipher.decrypt(cipher.encrypt(b"data", "vault/1/body"), "vault/2/body")


@pytest.mark.parametrize("position", [0, 1, 9, 21, -1])
def test_no_byte_of_encrypted_data_can_be_changed(position: int) -> None:
    cipher = Cipher.of([OLD])
    encrypted = bytearray(cipher.encrypt(b"data", "context"))
    encrypted[position] ^= 1
    with pytest.raises(CipherError):
        cipher.decrypt(bytes(encrypted), "context")


@pytest.mark.parametrize("encrypted", [b"", b"\x01", b"\x01" * 21])
def test_data_too_short_to_be_encrypted_is_refused(encrypted: bytes) -> None:
    with pytest.raises(CipherError):
        Cipher.of([OLD]).decrypt(encrypted, "context")


def test_a_new_key_encrypts_and_the_old_one_still_decrypts() -> None:
    encrypted = Cipher.of([OLD]).encrypt(b"data", "context")
    rotated = Cipher.of([NEW, OLD])
    assert rotated.decrypt(encrypted, "context") == b"data"
    assert Cipher.of([NEW]).decrypt(rotated.encrypt(b"data", "context"), "context") == b"data"
    with pytest.raises(CipherError, match="not among the keys"):
        Cipher.of([NEW]).decrypt(encrypted, "context")


def test_keys_of_the_wrong_length_are_refused() -> None:
    for keys in ([], [b"short"]):
        with pytest.raises(EncryptionKeyError):
            Cipher.of(keys)


def test_keys_of_the_setting_are_base64_separated_by_commas() -> None:
    text = f"{b64encode(NEW).decode()}, {b64encode(OLD).decode()}\n"
    assert keys_from_setting(text) == [NEW, OLD]


@pytest.mark.parametrize("text", ["", "not base64!", "QUJD", b64encode(OLD).decode() + ","])
def test_a_setting_without_a_key_is_refused(text: str) -> None:
    with pytest.raises(EncryptionKeyError, match="base64 of 32 bytes"):
        keys_from_setting(text)


def test_the_key_file_is_created_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "crossdock.key"
    key = read_or_make_key(path)
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_or_make_key(path) == key
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "crossdock.key"
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: read_or_make_key(path), range(40)))
    assert keys == {read_or_make_key(path)}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_file_readable_by_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "crossdock.key"
    read_or_make_key(path)
    path.chmod(mode)
    with pytest.raises(EncryptionKeyError, match=f"{path} .*chmod 600"):
        read_or_make_key(path)


def test_a_key_file_without_a_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "crossdock.key"
    path.write_bytes(b"\xff\xfe hello")
    path.chmod(0o600)
    with pytest.raises(EncryptionKeyError, match="base64 of 32 bytes"):
        read_or_make_key(path)


def test_a_key_file_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EncryptionKeyError, match="cannot be read or made"):
        read_or_make_key(tmp_path / "file" / "crossdock.key")


def test_a_key_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "crossdock.key"
    read_or_make_key(path)
    try:
        os.chown(path, os.geteuid() + 1, -1)
    except PermissionError:
        pytest.skip("Only root can give a file away.")
    with pytest.raises(EncryptionKeyError, match="belongs to another user"):
        read_or_make_key(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can make the file as Kubernetes mounts it.")
@pytest.mark.parametrize(("mode", "is_used"), [(0o440, True), (0o444, False), (0o460, False)])
def test_a_mounted_key_file_of_root_may_be_read_by_the_process_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, is_used: bool
) -> None:
    path = tmp_path / "crossdock.key"
    read_or_make_key(path)
    path.chmod(mode)
    monkeypatch.setattr(os, "geteuid", lambda: 10001)
    if is_used:
        assert read_or_make_key(path)
    else:
        with pytest.raises(EncryptionKeyError, match="can be read by others"):
            read_or_make_key(path)


def test_a_key_file_may_have_several_keys_of_which_the_first_encrypts(tmp_path: Path) -> None:
    path = tmp_path / "crossdock.key"
    path.touch(0o600)
    path.write_text("".join(f"{b64encode(key).decode()}\n" for key in (NEW, OLD)))
    assert read_or_make_keys(path) == [NEW, OLD]
