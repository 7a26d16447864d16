"""The doctor's finding about signing in by a provider."""

from typing import Any

import pytest
from pydantic import SecretStr

from schemas.settings import Settings
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET, TestedProvider, serving_provider
from workers.doctor_sign_in import examine_sign_in


def settings_of(provider: TestedProvider, **others: Any) -> Settings:
    values: dict[str, Any] = {
        "console_url": "https://crossdock.example",
        "oidc_issuer": provider.url,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": SecretStr(CLIENT_SECRET),
        "oidc_roles": "order-team=staff",
    }
    return Settings(**(values | others))


def test_without_a_provider_nothing_is_wrong() -> None:
    assert examine_sign_in(Settings())[1:] == (True, "Only local users sign in: CROSSDOCK_OIDC_ISSUER is not set.")


def test_a_provider_that_answers_is_in_order() -> None:
    with serving_provider() as provider:
        _, ok, details = examine_sign_in(settings_of(provider))
        assert (ok, details.split(" answers")[1]) == (
            True,
            ", with keys to verify its id tokens by: 1. Groups: order-team is staff.",
        )


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"oidc_client_id": None}, "CROSSDOCK_OIDC_CLIENT_ID is missing"),
        ({"console_url": None}, "CROSSDOCK_CONSOLE_URL is missing"),
        ({"oidc_roles": None}, "CROSSDOCK_OIDC_ROLES is missing"),
        ({"oidc_roles": "team=chief"}, "is not GROUP=ROLE"),
        ({"oidc_issuer": "http://login.example"}, "is an address without TLS"),
        ({"oidc_client_secret": None, "oidc_client_secret_file": "/nowhere"}, "CROSSDOCK_OIDC_CLIENT_SECRET_FILE"),
    ],
)
def test_a_missing_or_wrong_setting_is_named(others: dict[str, Any], sentence: str) -> None:
    with serving_provider() as provider:
        _, ok, details = examine_sign_in(settings_of(provider, **others))
        assert not ok
        assert sentence in details


def test_a_provider_that_is_away_or_has_no_usable_key_is_a_failure() -> None:
    with serving_provider() as provider:
        provider.keys = []
        assert "has no key" in examine_sign_in(settings_of(provider))[2]
        provider.is_away = True
        assert "It answered HTTP 503." in examine_sign_in(settings_of(provider))[2]
        assert not examine_sign_in(settings_of(provider))[1]
