"""Stores of several sellers: whose a store is, and that no other name than a connected seller's is taken."""

from datetime import timedelta

import pytest

from operations.backfills import start_backfill
from operations.context import Context
from operations.errors import InvalidInputError, NotFoundError, RefusedActionError
from operations.store_changes import add_store, change_store
from operations.store_sellers import StoreSellers, one_seller
from operations.stores import show_store
from schemas.settings import Settings, read_settings
from tests.gateways.simulator.sp_api.accounts import US
from tests.harness import Pipeline

TWO = read_settings(
    {
        "CROSSDOCK_AMAZON_SELLERS": "acme,beta",
        "CROSSDOCK_AMAZON_ACME_SELLER_ID": "A1",
        "CROSSDOCK_AMAZON_BETA_SELLER_ID": "A2",
    }
)


@pytest.fixture
def context(pipeline: Pipeline) -> Context:
    return Context(TWO, pipeline.ledger, pipeline.parts.gateways, pipeline.commerce.catalog)


def test_a_store_is_bound_to_a_seller_and_to_another_later(context: Context) -> None:
    add_store(context, "us", {"seller": "acme", "marketplace_id": US}, actor="alice")
    assert StoreSellers(context.ledger, TWO.sellers).of(["us", "unknown"]) == {"us": "acme"}
    change_store(context, "us", {"seller": "beta"}, actor="alice")
    assert show_store(context, "us").seller == "beta"
    assert StoreSellers(context.ledger, TWO.sellers).of(["us"]) == {"us": "beta"}


def test_a_made_up_seller_is_refused_in_a_sentence_and_nothing_is_saved(context: Context) -> None:
    refusal = r"There is no seller gamma: CROSSDOCK_AMAZON_SELLERS has acme, beta\."
    with pytest.raises(NotFoundError, match=refusal):
        add_store(context, "us", {"seller": "gamma"}, actor="mallory")
    add_store(context, "us", {"seller": "acme"}, actor="alice")
    with pytest.raises(NotFoundError, match=refusal):
        change_store(context, "us", {"seller": "gamma"}, actor="mallory")
    assert show_store(context, "us").seller == "acme"


def test_without_a_list_there_is_no_seller_to_name(pipeline: Pipeline) -> None:
    with pytest.raises(NotFoundError, match="CROSSDOCK_AMAZON_SELLERS lists none"):
        add_store(pipeline.context, "us", {"seller": ""}, actor="alice")


def test_a_backfill_is_of_the_named_seller_or_of_that_of_its_store(context: Context) -> None:
    add_store(context, "us", {"seller": "acme", "marketplace_id": US}, actor="alice")
    add_store(context, "us-2", {"seller": "beta", "marketplace_id": US}, actor="alice")
    since = context.ledger.now() - timedelta(days=365)

    def start(store: str | None, seller: str | None) -> str | None:
        return start_backfill(context, since, None, store, seller, actor="alice", why="a test").seller

    assert (start("us-2", None), start(None, "acme"), start("us", "acme")) == ("beta", "acme", "acme")
    with pytest.raises(InvalidInputError, match="Name one of the sellers"):
        start(None, None)
    with pytest.raises(InvalidInputError, match="The store us belongs to another seller than beta"):
        start("us", "beta")


def test_the_only_seller_needs_no_name() -> None:
    assert one_seller(read_settings({"CROSSDOCK_AMAZON_SELLER_ID": "A1"}), None).account == "A1"
    with pytest.raises(RefusedActionError, match="Amazon is simulated here"):
        one_seller(Settings(), None)
