"""Answers of an identity provider, or of somebody in its place, that sign nobody in."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from joserfc.jwk import RSAKey

from operations.context import Context
from operations.people import users
from operations.people.sign_in import Tries
from tests.openid_provider import CLIENT_ID, Claims, TestedProvider
from tests.web.people import Browser
from tests.web.provider_sign_ins import callback, sign_in, signing_in_by
from web.security.cookies import SESSION, SIGN_IN


def _without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


FORGED: dict[str, tuple[Callable[[Claims], Claims], str]] = {
    "wrong nonce": (lambda claims: claims | {"nonce": "of another sign-in"}, "answers another sign-in"),
    "no nonce": (_without("nonce"), "is not valid"),
    "wrong audience": (lambda claims: claims | {"aud": "another"}, "is for another application"),
    "two audiences, another's party": (
        lambda claims: claims | {"aud": [CLIENT_ID, "another"], "azp": "another"},
        "is for another application",
    ),
    "two audiences, no party": (lambda claims: claims | {"aud": [CLIENT_ID, "another"]}, "is for another application"),
    "no audience": (_without("aud"), "is not valid"),
    "expired": (lambda claims: claims | {"exp": claims["iat"] - 3600}, "has expired"),
    "no end": (_without("exp"), "is not valid"),
    "from the future": (lambda claims: claims | {"iat": claims["iat"] + 3600}, "was made in the future"),
    "wrong issuer": (lambda claims: claims | {"iss": "https://example.com"}, "another issuer made it"),
    "no subject": (_without("sub"), "is not valid"),
    "subject that is no text": (lambda claims: claims | {"sub": 5}, "is not valid"),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    app: FastAPI, provider: TestedProvider, operations_context: Context, forgery: str
) -> None:
    provider.change_claims, reason = FORGED[forgery]
    refused = sign_in(Browser(app))
    assert refused.status_code == 401
    assert reason in refused.text
    assert SESSION not in refused.cookies
    assert users.list_users(operations_context) == []


def test_a_token_with_another_signature_is_refused(app: FastAPI, provider: TestedProvider) -> None:
    stranger, unknown = TestedProvider(), TestedProvider()
    stranger.keys = [RSAKey.generate_key(2048, {"kid": "first"})]
    unknown.keys = [RSAKey.generate_key(2048, {"kid": "unknown"})]
    forgeries: list[Callable[[Claims], str]] = [
        provider.unsigned,
        provider.signed_by_public_key,
        stranger.signed,  # its key has the kid of the provider's
        unknown.signed,
        lambda claims: provider.signed(claims)[:-8] + "AAAAAAAA",
        lambda _: "no token",
    ]
    for provider.make_token in forgeries:
        refused = sign_in(Browser(app))
        assert (refused.status_code, SESSION in refused.cookies) == (401, False)


def test_an_answer_counts_once_and_in_the_browser_that_asked(app: FastAPI, provider: TestedProvider) -> None:
    browser = Browser(app)
    back = callback(browser)
    secret = browser.cookies[SIGN_IN]
    assert "was not started in this browser" in Browser(app).get(back).text
    assert browser.get(back).status_code == 303
    replaying = Browser(app)
    replaying.cookies.set(SIGN_IN, secret)
    assert "was finished before" in replaying.get(back).text
    assert browser.get("/sign-in/oidc/callback?state=&code=x").status_code == 401
    other = callback(browser)
    state = parse_qs(urlsplit(other).query)["state"][0]
    used = browser.get(f"/sign-in/oidc/callback?state={state}&code=of-another")
    assert "was used before, or has expired" in used.text


def test_an_answer_of_another_provider_and_an_error_are_refused(app: FastAPI, provider: TestedProvider) -> None:
    browser = Browser(app)
    back = callback(browser)
    assert browser.get(back.split("&iss=")[0] + "&iss=https://example.com").status_code == 401
    provider.error = "access_denied"
    assert "Example Login did not sign you in (access_denied)." in sign_in(browser).text
    provider.error = "<script>"
    assert "<script>" not in sign_in(browser).text.split("</head>")[1]


def test_an_answer_without_the_issuer_that_the_provider_promises_is_refused(
    app: FastAPI, provider: TestedProvider
) -> None:
    browser = Browser(app)
    assert browser.get(callback(browser).split("&iss=")[0]).status_code == 303
    provider.document = {"authorization_response_iss_parameter_supported": True}
    with signing_in_by(app, provider):  # which reads the provider's document again
        refused = browser.get(callback(browser).split("&iss=")[0])
    assert "Another identity provider answered" in refused.text
    assert SESSION not in refused.cookies


@pytest.mark.parametrize("target", ["https://example.com/", "//example.com", "/\\example.com", "\t//example.com"])
def test_the_page_after_signing_in_is_never_another_sites(app: FastAPI, provider: TestedProvider, target: str) -> None:
    assert sign_in(Browser(app), target).headers["location"] == "/"


@pytest.mark.usefixtures("provider")
def test_answers_are_guessed_a_few_times_only(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.people.sign_in.BY_ADDRESS", Tries(3, 1000.0))
    guess = "/sign-in/oidc/callback?state=guessed&code=guessed"
    assert [Browser(app).get(guess).status_code for _ in range(5)] == [401, 401, 401, 429, 429]
