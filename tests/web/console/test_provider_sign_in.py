"""Signing in by an identity provider, as a browser goes through it."""

from typing import Any

from fastapi import FastAPI
from joserfc.jwk import ECKey, RSAKey
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from operations.context import Context
from operations.people import api_tokens, users
from operations.people.audit import list_actions
from operations.people.sign_in import BY_ADDRESS
from schemas.people import Permission, Role
from tests.letters import LaterClock
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET, TestedProvider, serving_provider
from tests.web.applications import application
from tests.web.conftest import served
from tests.web.people import PASSWORD, Browser, add_person
from tests.web.provider_sign_ins import callback, settings_of, sign_in
from web.security.cookies import SESSION
from workers.process.identity_provider import opened_identity_provider


def test_a_person_signs_in_by_the_provider_and_comes_to_the_page_that_was_asked_for(
    app: FastAPI, provider: TestedProvider, operations_context: Context
) -> None:
    browser = Browser(app)
    assert "Sign in with Example Login" in browser.get("/sign-in?next=/orders").text
    done = sign_in(browser, "/orders?status=Error")
    assert (done.status_code, done.headers["location"]) == (303, "/orders?status=Error")
    assert "oidc:ann" in browser.get("/").text
    (user,) = users.list_users(operations_context)
    assert (user.name, user.role, user.issuer, user.subject) == ("oidc:ann", Role.STAFF, provider.url, "person-1")
    assert [act.action for act in list_actions(operations_context).rows] == ["session.sign_in_by_provider", "user.add"]


def test_without_a_provider_the_page_offers_none(app: FastAPI) -> None:
    assert "Sign in with" not in Browser(app).get("/sign-in").text
    assert Browser(app).get("/sign-in/oidc").status_code == 404


def test_keys_on_elliptic_curves_are_known_too(app: FastAPI, provider: TestedProvider) -> None:
    provider.keys = [ECKey.generate_key("P-256", {"kid": "curve"})]
    assert SESSION in sign_in(Browser(app)).cookies


def test_a_key_that_is_newer_than_the_known_ones_is_looked_for(app: FastAPI, provider: TestedProvider) -> None:
    assert SESSION in sign_in(Browser(app)).cookies
    provider.keys = [RSAKey.generate_key(2048, {"kid": "second"})]
    assert SESSION in sign_in(Browser(app)).cookies


def test_the_highest_role_of_the_groups_counts_and_follows_them(
    app: FastAPI, provider: TestedProvider, operations_context: Context
) -> None:
    def role() -> Role:
        assert SESSION in sign_in(Browser(app)).cookies
        return users.list_users(operations_context)[0].role

    provider.person["groups"] = ["readers", "cn=admins,ou=it"]
    assert role() is Role.ADMIN
    provider.person["groups"] = "readers"
    assert role() is Role.VIEWER
    assert {"role": "viewer", "before": "admin"} in [act.details for act in list_actions(operations_context).rows]


def test_who_has_no_role_is_refused_and_whoever_had_one_loses_sessions_and_tokens(
    app: FastAPI, provider: TestedProvider, operations_context: Context
) -> None:
    provider.person["groups"] = ["strangers"]
    refused = sign_in(Browser(app))
    assert (refused.status_code, users.list_users(operations_context)) == (401, [])
    assert "No group of yours at Example Login has a role in Crossdock" in refused.text

    provider.person["groups"] = ["order-team"]
    browser = Browser(app)
    sign_in(browser)
    token = api_tokens.create_token(
        operations_context, "oidc:ann", "test", {Permission.READ}, lasts=None, actor="oidc:ann"
    )
    assert browser.get("/").status_code == 200
    provider.person["groups"] = []
    assert sign_in(Browser(app)).status_code == 401
    assert browser.get("/").status_code == 303
    assert api_tokens.person_of_token(operations_context, token.secret) is None


def test_groups_that_the_id_token_lacks_are_read_at_userinfo(app: FastAPI, provider: TestedProvider) -> None:
    del provider.person["groups"]
    provider.userinfo = {"groups": ["order-team"]}
    browser = Browser(app)
    assert SESSION in sign_in(browser).cookies
    assert "staff" in browser.get("/").text
    provider.person["groups"] = []
    assert sign_in(Browser(app)).status_code == 401  # the id token has them: nobody else is asked


def test_userinfo_about_somebody_else_signs_nobody_in(app: FastAPI, provider: TestedProvider) -> None:
    del provider.person["groups"]
    for provider.userinfo in ({"sub": "person-2", "groups": ["order-team"]}, {"sub": None, "groups": ["order-team"]}):
        refused = sign_in(Browser(app))
        assert (refused.status_code, SESSION in refused.cookies) == (401, False)
        assert "is not about the person who signed in" in refused.text


def test_a_person_with_too_many_groups_for_the_token_is_shown_the_reason_and_loses_nothing(
    app: FastAPI, provider: TestedProvider
) -> None:
    browser = Browser(app)
    sign_in(browser)
    del provider.person["groups"]
    for left_out in ({"_claim_names": {"groups": "src1"}}, {"hasgroups": True}):
        provider.change_claims = lambda claims, left_out=left_out: claims | left_out  # type: ignore[misc]
        refused = sign_in(Browser(app))
        assert refused.status_code == 401
        assert "You are in more groups than Example Login puts into a sign-in." in refused.text
    assert browser.get("/").status_code == 200


def test_tokens_of_a_person_who_does_not_sign_in_any_more_are_refused_until_they_do(
    app: FastAPI, provider: TestedProvider, operations_context: Context, clock: LaterClock
) -> None:
    provider.clock = lambda: operations_context.ledger.now().timestamp()
    add_person(operations_context, Role.STAFF, "robot")
    sign_in(Browser(app))
    api = TestClient(app)
    headers = {}
    for name in ("robot", "oidc:ann"):
        token = api_tokens.create_token(operations_context, name, "test", {Permission.READ}, lasts=None, actor="robot")
        headers[name] = {"Authorization": f"Bearer {token.secret}"}
    clock.pass_time(days=30)
    sign_in(Browser(app))
    clock.pass_time(days=29)
    assert api.get("/api/v1/me", headers=headers["oidc:ann"]).status_code == 200
    clock.pass_time(days=2)
    refused = api.get("/api/v1/me", headers=headers["oidc:ann"])
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "sign_in_needed")
    assert "oidc:ann has not signed in to the console for 30 days" in refused.json()["error"]["message"]
    assert api.get("/api/v1/me", headers=headers["robot"]).status_code == 200
    sign_in(Browser(app))
    assert api.get("/api/v1/me", headers=headers["oidc:ann"]).status_code == 200


def test_a_local_user_and_two_people_of_the_same_name_are_distinguished(
    app: FastAPI, provider: TestedProvider, operations_context: Context
) -> None:
    add_person(operations_context, Role.ADMIN, "ann")
    sign_in(Browser(app))
    provider.person |= {"sub": "person-2", "groups": ["readers"]}
    sign_in(Browser(app))
    roles = {user.name: user.role for user in users.list_users(operations_context)}
    (second,) = roles.keys() - {"ann", "oidc:ann"}
    assert second.startswith("oidc:ann~")
    assert roles == {"ann": Role.ADMIN, "oidc:ann": Role.STAFF, second: Role.VIEWER}
    assert Browser(app).post("/sign-in", data={"name": "oidc:ann", "password": PASSWORD}).status_code == 401


def test_a_disabled_user_is_refused_and_its_role_and_password_are_the_providers(
    app: FastAPI, provider: TestedProvider, operations_context: Context, admin: Browser
) -> None:
    sign_in(Browser(app))
    assert admin.submit("/people/oidc:ann/role", role="admin").status_code == 409
    assert admin.submit("/people/oidc:ann/password", password=PASSWORD).status_code == 409
    assert admin.submit("/people/oidc:ann/disable").status_code == 303
    refused = sign_in(Browser(app))
    assert (refused.status_code, SESSION in refused.cookies) == (401, False)
    assert "oidc:ann is disabled" in refused.text


def test_after_signing_out_the_page_offers_to_sign_out_of_the_provider(app: FastAPI, provider: TestedProvider) -> None:
    browser = Browser(app)
    sign_in(browser)
    out = browser.submit("/sign-out")
    assert "still signed in at Example Login" in browser.get(out.headers["location"]).text
    assert browser.get("/").status_code == 303
    there = browser.get("/sign-in/oidc/sign-out").headers["location"]
    assert there == f"{provider.url}/sign-out?client_id={CLIENT_ID}"


def test_a_provider_that_is_away_is_a_sentence_and_local_users_sign_in(
    app: FastAPI, provider: TestedProvider, operations_context: Context
) -> None:
    add_person(operations_context, Role.VIEWER, "bob")
    provider.is_away = True
    browser = Browser(app)
    away = browser.get("/sign-in/oidc", params={"next": "/orders"})
    assert away.status_code == 503
    assert "Example Login cannot sign you in now." in away.text
    assert 'name="next" value="/orders"' in away.text
    assert browser.post("/sign-in", data={"name": "bob", "password": PASSWORD}).status_code == 303
    provider.is_away = False
    back = callback(browser)
    provider.is_away = True
    assert browser.get(back).status_code == 503


def test_tries_and_ways_out_are_throttled_by_address_and_an_office_gets_in(
    app: FastAPI, provider: TestedProvider, operations_context: Context
) -> None:
    browser = Browser(app)
    assert {browser.get("/sign-in/oidc").status_code for _ in range(30)} == {303}
    assert browser.get("/sign-in/oidc/sign-out").headers["location"].startswith(provider.url)
    with operations_context.ledger.begin() as work:  # as after many tries; it has none again before an hour is over
        work.rate_buckets.empty("sign-in/address/unknown", 1 / 3600, BY_ADDRESS.at_once)
    assert [browser.get(f"/sign-in/oidc{page}").status_code for page in ("", "/sign-out")] == [429, 429]


def test_a_wrong_document_of_the_provider_is_a_sentence(app: FastAPI, provider: TestedProvider) -> None:
    wrong: list[dict[str, Any]] = [
        {"issuer": "https://example.com"},
        {"token_endpoint": None},
        {"token_endpoint": "http://example.com/token"},
    ]
    for provider.document in wrong:
        answered = Browser(app).get("/sign-in/oidc")
        assert answered.status_code == 503
        assert "Example Login cannot sign you in now." in answered.text


def test_the_secret_goes_into_the_form_for_a_provider_that_takes_no_other(
    app: FastAPI, provider: TestedProvider
) -> None:
    provider.document = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    refused = sign_in(Browser(app))  # this one takes it as a password
    assert "invalid_client" in refused.text
    assert CLIENT_SECRET not in refused.text


def test_a_person_signs_in_by_clicking(operations_context: Context, page: Page) -> None:
    app = application(operations_context)
    with serving_provider() as provider, served(app) as address:
        settings = settings_of(provider).model_copy(update={"console_url": address})
        with opened_identity_provider(settings) as app.state.identity_provider:
            page.goto(f"{address}/orders")
            page.get_by_role("link", name="Sign in with Example Login").click()
            expect(page.get_by_role("heading", name="Orders", level=1)).to_be_visible()
            page.get_by_role("button", name="Sign out").click()
            page.get_by_role("link", name="Sign out there, too").click()
            expect(page.get_by_role("heading", name="Signed out there")).to_be_visible()
