"""Settings are read from variables as they come out of files and shells."""

from pathlib import Path

import pytest

from schemas.errors import SettingsError
from schemas.settings import read_settings


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {} ", "{}\t\n\n", "{}"])
def test_a_line_break_behind_a_value_is_not_part_of_it(around: str) -> None:
    values = {
        "CROSSDOCK_BROKER_URL": "amqp://u:secret@localhost/",
        "CROSSDOCK_DATABASE_URL": "postgresql://u:secret@localhost/d",
        "CROSSDOCK_VAULT_KEY": "c2VjcmV0",
        "CROSSDOCK_LOG_LEVEL": "debug",
        "CROSSDOCK_BATCH": "7",
        "CROSSDOCK_ALLOW_UNENCRYPTED": "true",
    }
    settings = read_settings({name: around.format(value) for name, value in values.items()})
    assert settings.broker_url.get_secret_value() == "amqp://u:secret@localhost/"
    assert settings.database_url.get_secret_value() == "postgresql://u:secret@localhost/d"
    assert settings.vault_key
    assert settings.vault_key.get_secret_value() == "c2VjcmV0"
    assert (settings.log_level, settings.batch, settings.allow_unencrypted) == ("debug", 7, True)


@pytest.mark.parametrize(
    "path", ["crossdock/orders", "/V1", "/V1/orders", "/V1/orders?x=1", "/rest/V1/orders", "/V1/a/../b"]
)
def test_the_path_of_a_shops_module_is_below_the_version_of_the_api_and_not_commerces_own(path: str) -> None:
    assert read_settings({}).commerce_module_path == "/V1/crossdock/orders"
    with pytest.raises(SettingsError, match="COMMERCE_MODULE_PATH"):
        read_settings({"CROSSDOCK_COMMERCE_MODULE_PATH": path})


def test_urls_with_passwords_may_be_files(tmp_path: Path) -> None:
    file = tmp_path / "broker"
    file.write_text("amqp://u:secret@localhost/\n")
    settings = read_settings({"CROSSDOCK_BROKER_URL_FILE": str(file)})
    assert settings.broker_url.get_secret_value() == "amqp://u:secret@localhost/"
    with pytest.raises(SettingsError, match="are both set"):
        read_settings({"CROSSDOCK_BROKER_URL_FILE": str(file), "CROSSDOCK_BROKER_URL": "memory://"})
    with pytest.raises(SettingsError, match="CROSSDOCK_DATABASE_URL_FILE cannot be read"):
        read_settings({"CROSSDOCK_DATABASE_URL_FILE": str(tmp_path / "missing")})
