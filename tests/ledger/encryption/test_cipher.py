"""The cipher and where its keys come from."""

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.encryption.cipher import Cipher
from ledger.encryption.key_file import keys_from_setting, read_or_make_key
from ledger.errors import CipherError, EncryptionKeyError

OLD, NEW = b"\x01" * 32, b"\x02" * 32


@given(st.binary(max_size=300), st.text(st.characters(max_codepoint=127), max_size=50))
def test_what_is_sealed_opens_in_its_place(data: bytes, place: str) -> None:
    cipher = Cipher.of([OLD])
    sealed = cipher.encrypt(data, place)
    assert cipher.decrypt(sealed, place) == data
    assert cipher.encrypt(data, place) != sealed


def test_sealed_data_does_not_open_in_another_place() -> None:
    cipher = Cipher.of([OLD])
    with pytest.raises(CipherError, match="damaged or moved"):
        cipher.decrypt(cipher.encrypt(b"data", "vault/1/body"), "vault/2/body")


@pytest.mark.parametrize("position", [0, 1, 9, 21, -1])
def test_no_byte_of_sealed_data_can_be_changed(position: int) -> None:
    cipher = Cipher.of([OLD])
    sealed = bytearray(cipher.encrypt(b"data", "place"))
    sealed[position] ^= 1
    with pytest.raises(CipherError):
        cipher.decrypt(bytes(sealed), "place")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" * 21])
def test_what_is_too_short_to_be_sealed_is_refused(sealed: bytes) -> None:
    with pytest.raises(CipherError):
        Cipher.of([OLD]).decrypt(sealed, "place")


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    sealed = Cipher.of([OLD]).encrypt(b"data", "place")
    rotated = Cipher.of([NEW, OLD])
    assert rotated.decrypt(sealed, "place") == b"data"
    assert Cipher.of([NEW]).decrypt(rotated.encrypt(b"data", "place"), "place") == b"data"
    with pytest.raises(CipherError, match="not among the keys"):
        Cipher.of([NEW]).decrypt(sealed, "place")


def test_keys_of_the_wrong_length_are_refused() -> None:
    for keys in ([], [b"short"]):
        with pytest.raises(EncryptionKeyError):
            Cipher.of(keys)


def test_keys_in_the_settings_are_base64_parted_by_commas() -> None:
    text = f"{b64encode(NEW).decode()}, {b64encode(OLD).decode()}\n"
    assert keys_from_setting(text) == [NEW, OLD]


@pytest.mark.parametrize("text", ["", "not base64!", "QUJD", b64encode(OLD).decode() + ","])
def test_settings_that_hold_no_key_are_refused(text: str) -> None:
    with pytest.raises(EncryptionKeyError, match="base64 of 32 bytes"):
        keys_from_setting(text)


def test_the_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "crossdock.key"
    key = read_or_make_key(path)
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_or_make_key(path) == key
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "crossdock.key"
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: read_or_make_key(path), range(40)))
    assert keys == {read_or_make_key(path)}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "crossdock.key"
    read_or_make_key(path)
    path.chmod(mode)
    with pytest.raises(EncryptionKeyError, match=f"{path} .*chmod 600"):
        read_or_make_key(path)


def test_a_key_file_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "crossdock.key"
    path.write_bytes(b"\xff\xfe hello")
    path.chmod(0o600)
    with pytest.raises(EncryptionKeyError, match="base64 of 32 bytes"):
        read_or_make_key(path)


def test_a_key_file_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EncryptionKeyError, match="cannot be read or made"):
        read_or_make_key(tmp_path / "file" / "crossdock.key")
