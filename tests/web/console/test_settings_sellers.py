"""Whose store it is, of several sellers: shown, chosen in a form, and refused where it is made up."""

import pytest
from fastapi import FastAPI

from operations.context import Context
from operations.stores import show_store
from schemas.people import Role
from schemas.settings import read_settings
from tests.builders import STORE_ID
from tests.web.applications import application
from tests.web.people import signed_in

PAGE = f"/settings/orders?store={STORE_ID}"
TWO = {
    "CROSSDOCK_AMAZON_SELLERS": "acme,beta",
    "CROSSDOCK_AMAZON_ACME_SELLER_ID": "A1",
    "CROSSDOCK_AMAZON_BETA_SELLER_ID": "A2",
}


@pytest.fixture
def context(operations_context: Context) -> Context:
    known = operations_context
    return Context(read_settings(TWO), known.ledger, known.gateways, known.catalog)


@pytest.fixture
def app(context: Context) -> FastAPI:
    return application(context)


def test_a_stores_seller_is_chosen_and_shown(context: Context, app: FastAPI) -> None:
    operator = signed_in(app, Role.OPERATOR)
    assert "Seller on Amazon" in operator.get(PAGE).text
    answer = operator.submit("/settings/seller", store=STORE_ID, seller="beta", seen_seller="")
    assert answer.status_code == 303, answer.text
    assert show_store(context, STORE_ID).seller == "beta"
    assert "<div>beta</div>" in operator.get("/settings").text
    operator.submit("/settings/stores", store_id="de", seller="acme")
    assert show_store(context, "de").seller == "acme"


def test_a_made_up_seller_and_a_stale_form_are_refused(context: Context, app: FastAPI) -> None:
    operator = signed_in(app, Role.OPERATOR)
    made_up = operator.submit("/settings/seller", store=STORE_ID, seller="gamma", seen_seller="")
    assert made_up.status_code >= 400
    assert "There is no seller gamma" in made_up.text
    operator.submit("/settings/seller", store=STORE_ID, seller="beta", seen_seller="")
    stale = operator.submit("/settings/seller", store=STORE_ID, seller="acme", seen_seller="")
    assert stale.status_code == 409
    assert show_store(context, STORE_ID).seller == "beta"


def test_a_viewer_sees_the_seller_and_may_not_change_it(context: Context, app: FastAPI) -> None:
    viewer = signed_in(app, Role.VIEWER)
    assert "Save seller" not in viewer.get(PAGE).text
    assert viewer.submit("/settings/seller", store=STORE_ID, seller="acme", seen_seller="").status_code == 403
